using System.Numerics.Tensors;
using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Encoding;

/// <summary>Encodes the prompts of a chunk, batch after batch, and puts what they give in the order of the prompts.</summary>
/// <param name="encoder">Runs batches.</param>
/// <param name="options">What is done with each prompt.</param>
/// <param name="sizes">The model's sizes: hidden states, width, context.</param>
/// <param name="batchSize">Prompts in a batch; null: chosen by length.</param>
/// <param name="text">The text of a continuation, from the ids of its prompt and its own.</param>
internal sealed class ChunkEncoder(BatchEncoder encoder, BatchEncoderOptions options, Models.ModelSizes sizes, int? batchSize, Func<int[], IReadOnlyList<int>, string> text)
{
    /// <summary>Encodes a chunk.</summary>
    /// <param name="prompts">Its prompts.</param>
    /// <param name="finished">Told the number of continuations finished, batch after batch.</param>
    /// <param name="cancellationToken">Stops between two passes of the model.</param>
    public EncodedChunk Run(IReadOnlyList<PreparedPrompt> prompts, Action<int>? finished, CancellationToken cancellationToken)
    {
        var missing = prompts.Select(prompt => prompt.Missing ?? (prompt.Ids.Length == 0 ? MissingReason.EmptyPrompt : prompt.Ids.Length > sizes.Context ? MissingReason.ContextTooShort : null)).ToArray();
        var present = Enumerable.Range(0, prompts.Count).Where(index => missing[index] is null).ToArray();
        var vectors = Files(prompts.Count, present.Any(index => prompts[index].SpanEnd - prompts[index].SpanStart < prompts[index].Ids.Length));
        var continuations = new Continuation[prompts.Count][];
        for (var index = 0; index < prompts.Count; index++)
        {
            continuations[index] = missing[index] is { } reason ? Absent(prompts[index], reason) : [];
        }

        finished?.Invoke(prompts.Where((_, index) => missing[index] is not null).Sum(Count));
        long generated = 0;
        foreach (var batch in Plan(prompts, present))
        {
            var result = encoder.Run([.. batch.Select(index => Tokens(prompts[index]))], cancellationToken);
            for (var i = 0; i < batch.Length; i++)
            {
                var index = batch[i];
                continuations[index] = Finish(prompts[index], index, i, result, vectors, out missing[index]);
                generated += prompts[index].Given is null ? continuations[index].Sum(continuation => (long)continuation.TokenIds.Count) : 0;
            }

            finished?.Invoke(batch.Sum(index => Count(prompts[index])));
        }

        return new EncodedChunk([.. prompts.Select((prompt, index) => Row(prompt, missing[index]))], [.. continuations.SelectMany(list => list)], vectors, generated);
    }

    private static PromptTokens Tokens(PreparedPrompt prompt) => new(prompt.Id, prompt.Ids, prompt.SpanStart, prompt.SpanEnd, prompt.Given?.Select(given => given.Ids).ToArray());

    private static bool IsFinite(IEnumerable<VectorFile> files, int row) =>
        files.All(file => Enumerable.Range(0, file.Shape.Layers).All(layer => TensorPrimitives.IsFiniteAll<float>(file.At(layer, row))));

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

    private int Count(PreparedPrompt prompt) => prompt.Given?.Count ?? options.Samples;

    private IEnumerable<int[]> Plan(IReadOnlyList<PreparedPrompt> prompts, int[] present)
    {
        var lengths = present.Select(index => prompts[index].Ids.Length).ToArray();
        var tails = present.Select(index => prompts[index].Given?.Sum(given => given.Ids.Length) ?? options.Samples * options.MaxNewTokens).ToArray();
        var most = present.Select(index => Count(prompts[index])).DefaultIfEmpty(1).Max();
        return BatchPlanner.Plan(lengths, tails, most, batchSize).Select(batch => Array.ConvertAll(batch, place => present[place]));
    }

    private List<VectorFile> Files(int prompts, bool withInstruction)
    {
        var files = new List<VectorFile>();
        foreach (var pooling in options.Pooling.Select(PoolingKinds.Name))
        {
            files.Add(new VectorFile("input", pooling, sizes.HiddenStates, prompts, sizes.Width));
            // As the paper's scripts have it, what is absent is a file of NaN.
            if (withInstruction || options.Reference)
            {
                files.Add(new VectorFile("instruction", pooling, sizes.HiddenStates, prompts, sizes.Width));
            }

            files.Add(new VectorFile("output", pooling, sizes.HiddenStates, prompts * options.Keep.Count, sizes.Width));
        }

        return files;
    }

    private Continuation[] Absent(PreparedPrompt prompt, string reason) =>
        [.. Enumerable.Range(0, Count(prompt)).Select(number => new Continuation
        {
            PromptId = prompt.Id,
            Number = number,
            Text = prompt.Given?[number].Text ?? "",
            TokenIds = prompt.Given?[number].Ids ?? [],
            End = prompt.Given is null ? ContinuationEnd.None : ContinuationEnd.Given,
            Missing = reason,
        })];

    private Continuation[] Finish(PreparedPrompt prompt, int index, int place, EncodedBatch batch, List<VectorFile> vectors, out string? missing)
    {
        var kept = options.Keep.Count;
        for (var file = 0; file < vectors.Count; file++)
        {
            var to = vectors[file];
            var kind = options.Pooling.TakeWhile(pooling => PoolingKinds.Name(pooling) != to.Pooling).Count();
            var (from, rows) = to.Side switch
            {
                "input" => (batch.Input, 1),
                "instruction" => (batch.Instruction, 1),
                _ => (batch.Output, kept),
            };
            for (var layer = 0; layer < to.Shape.Layers; layer++)
            {
                for (var row = 0; row < rows; row++)
                {
                    from.CopyTo(kind, layer, (place * rows) + row, to.At(layer, (index * rows) + row));
                }
            }
        }

        missing = prompt.SpanStart == prompt.SpanEnd ? MissingReason.EmptyPrompt : NotFinite("input", index);
        return [.. batch.Continuations[place].Select((continuation, number) => new Continuation
        {
            PromptId = prompt.Id,
            Number = number,
            Text = prompt.Given?[number].Text ?? text(prompt.Ids, continuation.Ids),
            TokenIds = continuation.Ids,
            End = continuation.End ?? throw new InvalidOperationException("A continuation was left unfinished."),
            MeanLogProbability = continuation.MeanLogProbability is { } mean && double.IsFinite(mean) ? mean : null,
            Missing = Reason(continuation, number),
        })];

        string? Reason(TokenContinuation continuation, int number)
        {
            var place = options.Keep.TakeWhile(keep => keep != number).Count();
            return continuation.End == ContinuationEnd.Context && continuation.Ids.Count == 0 ? MissingReason.ContextTooShort
                : continuation.Ids.Count == 0 ? MissingReason.EmptyContinuation
                : continuation.End == ContinuationEnd.Given && prompt.Ids.Length + continuation.Ids.Count > sizes.Context ? MissingReason.ContextTooShort
                : place < kept ? NotFinite("output", (index * kept) + place)
                : null;
        }

        // A pooling that leaves a token out may have nothing left: only the first kind speaks for the row, unless it is such a one.
        string? NotFinite(string side, int row)
        {
            var files = vectors.Where(file => file.Side == side).ToArray();
            var judged = files.Where(file => file.Pooling != PoolingKinds.Name(PoolingKind.MeanWithoutFirst)).ToArray();
            if (IsFinite(judged, row))
            {
                return null;
            }

            foreach (var file in files)
            {
                for (var layer = 0; layer < file.Shape.Layers; layer++)
                {
                    file.At(layer, row).Fill(float.NaN);
                }
            }

            return MissingReason.NotFinite;
        }
    }
}
