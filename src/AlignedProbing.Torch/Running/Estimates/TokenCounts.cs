using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Torch.Encoding;

namespace AlignedProbing.Torch.Running.Estimates;

/// <summary>The run's tokens, prompt by prompt, as its tokenizer makes them.</summary>
internal sealed class TokenCounts
{
    private readonly List<(int[] Lengths, int[] Tails, int[] Continuations)> _chunks = [];
    private readonly HashSet<int> _withInstruction = [];

    private TokenCounts()
    {
    }

    /// <summary>Tokens of all prompts.</summary>
    public long PromptTokens { get; private set; }

    /// <summary>Tokens of all continuations; of sampled ones the most there can be.</summary>
    public long ContinuationTokens { get; private set; }

    /// <summary>Continuations.</summary>
    public long Continuations { get; private set; }

    /// <summary>Bytes of all <c>rows.jsonl</c>.</summary>
    public long RowBytes { get; private set; }

    /// <summary>Chunks that have tokens of a template, whose vectors are kept too.</summary>
    public IReadOnlySet<int> WithInstruction => _withInstruction;

    /// <summary>Counts them.</summary>
    public static TokenCounts Of(RunPlan plan, CancellationToken cancellationToken)
    {
        var counts = new TokenCounts();
        var asked = plan.Manifest.Encoding;
        var context = plan.Description.Sizes.Context;
        foreach (var (number, prompts) in plan.Prompts.Chunk(asked.Chunk).Index())
        {
            var (lengths, tails, continuations) = (new List<int>(), new List<int>(), new List<int>());
            foreach (var prompt in prompts)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var rendered = plan.Renderer.Render(prompt);
                var input = rendered.SpanEnd - rendered.SpanStart;
                counts.RowBytes += LineOf(new EncodedPrompt
                {
                    PromptId = prompt.Id,
                    TokenIds = rendered.Ids,
                    SpanStart = rendered.SpanStart,
                    SpanEnd = rendered.SpanEnd,
                    InputTokens = input,
                    InstructionTokens = rendered.Ids.Length - input,
                    Missing = rendered.Missing,
                });
                var given = asked.Continuations == "given"
                    ? prompt.Continuations.Select(continuation => Encoding.ContinuationTokens.Of(continuation.Text, plan.Tokenizer).Length).ToArray()
                    : null;
                counts.Continuations += given?.Length ?? asked.Samples;
                if (rendered.Missing is not null || rendered.Ids.Length == 0 || rendered.Ids.Length > context)
                {
                    continue;
                }

                lengths.Add(rendered.Ids.Length);
                tails.Add(given?.Sum() ?? asked.Samples * Math.Min(asked.MaxNewTokens, context - rendered.Ids.Length));
                continuations.Add(given?.Length ?? asked.Samples);
                if (asked.ReferencePooling || input < rendered.Ids.Length)
                {
                    counts._withInstruction.Add(number);
                }
            }

            counts.PromptTokens += lengths.Sum(length => (long)length);
            counts.ContinuationTokens += tails.Sum(tail => (long)tail);
            counts._chunks.Add(([.. lengths], [.. tails], [.. continuations]));
        }

        return counts;
    }

    /// <summary>Bytes that the batch takes that takes most beside the weights.</summary>
    public (long Cache, long Sums, long Rows) LargestBatch(BatchMemory memory, long inner) => _chunks
        .Select(chunk => memory.Largest(chunk.Lengths, chunk.Tails, chunk.Continuations, inner))
        .DefaultIfEmpty()
        .MaxBy(parts => parts.Cache + parts.Sums + parts.Rows);

    /// <summary>Rows that are multiplied together, on average over the batches.</summary>
    public int UsualRows(BatchMemory memory)
    {
        int[] rows = [.. _chunks.SelectMany(chunk => memory.RowsOfProducts(chunk.Lengths, chunk.Tails, chunk.Continuations))];
        return rows.Length == 0 ? 1 : Math.Max(1, (int)rows.Average());
    }

    /// <summary>Bytes of a record's line.</summary>
    public static long LineOf<T>(T record)
    {
        using var line = new MemoryStream();
        JsonLines.Write(line, [record]);
        return line.Length;
    }
}
