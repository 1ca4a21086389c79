using AlignedProbing.Torch.Generation.Pooling;
using System.Diagnostics;
using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Encoding;

/// <summary>Encodes the prompts of a chunk, batch after batch, and puts what they give in the order of the prompts.</summary>
/// <param name="encoder">Runs batches.</param>
/// <param name="options">What is done with each prompt.</param>
/// <param name="sizes">The model's sizes: hidden states, width, context.</param>
/// <param name="batchSize">Prompts in a batch; null: chosen by length.</param>
/// <param name="text">The text of a continuation, from the ids of its prompt and its own.</param>
/// <param name="times">Adds up where the time goes; null: not asked.</param>
internal sealed class ChunkEncoder(
    BatchEncoder encoder,
    BatchEncoderOptions options,
    Models.ModelSizes sizes,
    int? batchSize,
    Func<int[], IReadOnlyList<int>, string> text,
    PartTimes? times = null)
{
    /// <summary>Encodes a chunk.</summary>
    /// <param name="prompts">Its prompts.</param>
    /// <param name="files">Where their vectors go; the rest is returned.</param>
    /// <param name="finished">Told the number of continuations finished, batch after batch.</param>
    /// <param name="cancellationToken">Stops between two passes of the model.</param>
    public EncodedChunk Run(IReadOnlyList<PreparedPrompt> prompts, ChunkFiles files, Action<int>? finished, CancellationToken cancellationToken)
    {
        var missing = prompts
            .Select(prompt =>
                prompt.Missing
                ?? (
                    prompt.Ids.Length == 0 ? MissingReason.EmptyPrompt
                    : HasUnknownToken(prompt) ? MissingReason.TokenBeyondVocabulary
                    : prompt.Ids.Length > sizes.Context ? MissingReason.ContextTooShort
                    : null))
            .ToArray();
        var present = Enumerable.Range(0, prompts.Count).Where(index => missing[index] is null).ToArray();
        AddFiles(files, prompts.Count, present.Any(index => prompts[index].SpanEnd - prompts[index].SpanStart < prompts[index].Ids.Length));
        var continuations = new Continuation[prompts.Count][];
        for (var index = 0; index < prompts.Count; index++)
        {
            continuations[index] = missing[index] is { } reason ? Absent(prompts[index], index, reason, files) : [];
        }

        finished?.Invoke(prompts.Where((_, index) => missing[index] is not null).Sum(Count));
        long generated = 0;
        foreach (var batch in Plan(prompts, present))
        {
            var result = encoder.Run([.. batch.Select(index => Tokens(prompts[index]))], cancellationToken);
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < batch.Length; i++)
            {
                var index = batch[i];
                continuations[index] = Finish(prompts[index], index, i, result, files, out missing[index]);
                generated += prompts[index].Given is null ? continuations[index].Sum(continuation => (long)continuation.TokenIds.Count) : 0;
            }

            times?.AddStoring(start);
            finished?.Invoke(batch.Sum(index => Count(prompts[index])));
        }

        return new EncodedChunk([.. prompts.Select((prompt, index) => Row(prompt, missing[index]))], [.. continuations.SelectMany(list => list)], generated);
    }

    private static PromptTokens Tokens(PreparedPrompt prompt) =>
        new(prompt.Id, prompt.Ids, prompt.SpanStart, prompt.SpanEnd, prompt.Given?.Select(given => given.Ids).ToArray());

    private static EncodedPrompt Row(PreparedPrompt prompt, string? missing)
    {
        // Where nothing was pooled the counts say so.
        var input = missing is null ? prompt.SpanEnd - prompt.SpanStart : 0;
        return new EncodedPrompt
        {
            PromptId = prompt.Id,
            TokenIds = prompt.Ids,
            SpanStart = prompt.SpanStart,
            SpanEnd = prompt.SpanEnd,
            InputTokens = input,
            InstructionTokens = missing is null ? prompt.Ids.Length - input : 0,
            Missing = missing,
        };
    }

    // A tokenizer may hold more tokens than the model has rows for; a sampled one never does.
    private bool HasUnknownToken(PreparedPrompt prompt) =>
        Array.Exists(prompt.Ids, IsUnknown) || prompt.Given?.Any(given => given.Ids.Any(IsUnknown)) == true;

    private bool IsUnknown(int id) => id >= sizes.Vocabulary;

    private int Count(PreparedPrompt prompt) => prompt.Given?.Count ?? options.Samples;

    private IEnumerable<int[]> Plan(IReadOnlyList<PreparedPrompt> prompts, int[] present)
    {
        var lengths = present.Select(index => prompts[index].Ids.Length).ToArray();
        var tails = present.Select(index => prompts[index].Given?.Sum(given => given.Ids.Length) ?? options.Samples * options.MaxNewTokens).ToArray();
        var most = present.Select(index => Count(prompts[index])).DefaultIfEmpty(1).Max();
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var (cacheTokens, atMost) = (BatchPlanner.CacheTokensWithin(sizes, memory), BatchPlanner.PromptsWithin(sizes, most, memory));
        return BatchPlanner.Plan(lengths, tails, most, batchSize, cacheTokens, atMost).Select(batch => Array.ConvertAll(batch, place => present[place]));
    }

    private void AddFiles(ChunkFiles files, int prompts, bool withInstruction)
    {
        for (var pooling = 0; pooling < options.Pooling.Count; pooling++)
        {
            Add("input", pooling, 1);
            // As the paper's scripts have it, what is absent is a file of NaN.
            if (withInstruction || options.Reference)
            {
                Add("instruction", pooling, 1);
            }

            Add("output", pooling, options.Keep.Count);
        }

        void Add(string side, int pooling, int rows) => files.Add(side, pooling, options.Pooling[pooling], (sizes.HiddenStates, rows, sizes.Width), prompts);
    }

    private Continuation[] Absent(PreparedPrompt prompt, int index, string reason, ChunkFiles files)
    {
        foreach (var file in files.Vectors)
        {
            file.WriteMissing(index);
        }

        return [.. Enumerable.Range(0, Count(prompt)).Select(number => new Continuation
        {
            PromptId = prompt.Id,
            Number = number,
            Text = prompt.Given?[number].Text ?? "",
            TokenIds = prompt.Given?[number].Ids ?? [],
            End = prompt.Given is null ? ContinuationEnd.None : ContinuationEnd.Given,
            Missing = reason,
        })];
    }

    private Continuation[] Finish(PreparedPrompt prompt, int index, int place, EncodedBatch batch, ChunkFiles files, out string? missing)
    {
        foreach (var file in files.Vectors)
        {
            var from = file.Side == "input" ? batch.Input : file.Side == "instruction" ? batch.Instruction : batch.Output;
            var (layers, rows, _) = file.Shape;
            for (var layer = 0; layer < layers; layer++)
            {
                for (var row = 0; row < rows; row++)
                {
                    from.CopyTo(file.Pooling, layer, (place * rows) + row, file.At(layer, row));
                }
            }
        }

        missing = prompt.SpanStart == prompt.SpanEnd ? MissingReason.EmptyPrompt : NotFinite("input", 0);
        Continuation[] continuations = [.. batch.Continuations[place].Select((continuation, number) => new Continuation
        {
            PromptId = prompt.Id,
            Number = number,
            Text = prompt.Given?[number].Text ?? text(prompt.Ids, continuation.Ids),
            TokenIds = continuation.Ids,
            End = continuation.End ?? throw new InvalidOperationException("A continuation was left unfinished."),
            MeanLogProbability = continuation.MeanLogProbability is { } mean && double.IsFinite(mean) ? mean : null,
            Missing = Reason(continuation, number),
        })];
        foreach (var file in files.Vectors)
        {
            file.Write(index);
        }

        return continuations;

        string? Reason(TokenContinuation continuation, int number)
        {
            var place = options.Keep.TakeWhile(keep => keep != number).Count();
            return continuation.End == ContinuationEnd.Context && continuation.Ids.Count == 0 ? MissingReason.ContextTooShort
                : continuation.Ids.Count == 0 ? MissingReason.EmptyContinuation
                : continuation.End == ContinuationEnd.Given && prompt.Ids.Length + continuation.Ids.Count > sizes.Context ? MissingReason.ContextTooShort
                : place < options.Keep.Count ? NotFinite("output", place)
                : null;
        }

        // A pooling that leaves a token out may have nothing left: only the first kind speaks for the row, unless it is such a one.
        string? NotFinite(string side, int row)
        {
            var ofSide = files.Vectors.Where(file => file.Side == side).ToArray();
            if (ofSide.All(file => file.Kind == PoolingKind.MeanWithoutFirst || file.IsFinite(row)))
            {
                return null;
            }

            Array.ForEach(ofSide, file => file.Clear(row));
            return MissingReason.NotFinite;
        }
    }
}
