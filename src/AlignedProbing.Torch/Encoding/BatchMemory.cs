using AlignedProbing.Runs;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Encoding;

/// <summary>
/// What the batches of a chunk take beside the weights, told from lengths alone (docs/reference/performance.md). It divides prompts as encoding does.
/// </summary>
/// <param name="sizes">The model's sizes.</param>
/// <param name="asked">What is kept of each prompt.</param>
/// <param name="batchSize">Prompts in a batch; null: chosen as encoding does.</param>
/// <param name="memory">Bytes that the process may use.</param>
internal sealed class BatchMemory(ModelSizes sizes, EncodingManifest asked, int? batchSize, long memory)
{
    // What a block makes of a row at its widest is held four times: blocks of unlike sizes leave holes between them.
    private const int BytesOfRow = 4 * sizeof(float);

    private readonly bool _given = asked.Continuations == "given";

    /// <summary>The batches of a chunk.</summary>
    /// <param name="lengths">Tokens of each prompt.</param>
    /// <param name="tails">Tokens of all continuations of each prompt together.</param>
    /// <param name="continuations">Continuations of each prompt.</param>
    public IReadOnlyList<int[]> Batches(int[] lengths, int[] tails, int[] continuations)
    {
        var most = continuations.DefaultIfEmpty(1).Max();
        var (tokens, prompts) = (BatchPlanner.CacheTokensWithin(sizes, memory), BatchPlanner.PromptsWithin(sizes, most, memory));
        return BatchPlanner.Plan(lengths, tails, most, batchSize, tokens, prompts);
    }

    /// <summary>Bytes that the batch of a chunk takes that takes most: its cache, its sums of pooling, and the rows of its widest pass.</summary>
    /// <param name="lengths">Tokens of each prompt.</param>
    /// <param name="tails">Tokens of all continuations of each prompt together.</param>
    /// <param name="continuations">Continuations of each prompt.</param>
    /// <param name="inner">The widest thing between two layers of a block.</param>
    public (long Cache, long Sums, long Rows) Largest(int[] lengths, int[] tails, int[] continuations, long inner)
    {
        var token = sizes.AttentionShapes.Sum(shape =>
            (long)shape.KeyValueHeads * (VectorMath.RoundUp(shape.KeySize) + VectorMath.RoundUp(shape.ValueSize)) * sizeof(float));
        var sum = (asked.Keep.Count + 2L) * sizes.HiddenStates * sizes.Width * sizeof(double) * asked.Pooling.Count;
        var row = BytesOfRow * ((2L * sizes.Width) + (3 * inner));
        return Batches(lengths, tails, continuations)
            .Select(batch => (
                Cache: (batch.Sum(index => VectorMath.RoundUp(lengths[index]) + (long)tails[index]) * token)
                    + (batch.Sum(index => 1L + continuations[index]) * sizes.StateBytes),
                Sums: batch.Length * sum,
                Rows: row * RowsOf(batch)))
            .DefaultIfEmpty()
            .MaxBy(parts => parts.Cache + parts.Sums + parts.Rows);

        // Prompts, and given continuations, are read in passes; sampled ones a token of each at a time.
        long RowsOf(int[] batch)
        {
            var read = batch.Sum(index => lengths[index] + (_given ? (long)tails[index] : 0));
            return Math.Max(Math.Min(PassPlanner.TokensAtATime, read), _given ? 0 : batch.Sum(index => (long)continuations[index]));
        }
    }

    /// <summary>Rows that are multiplied together in each batch of a chunk.</summary>
    /// <param name="lengths">Tokens of each prompt.</param>
    /// <param name="tails">Tokens of all continuations of each prompt together.</param>
    /// <param name="continuations">Continuations of each prompt.</param>
    public IEnumerable<int> RowsOfProducts(int[] lengths, int[] tails, int[] continuations) => Batches(lengths, tails, continuations)
        .Select(batch => Math.Min(PassPlanner.TokensAtATime, batch.Sum(index => _given ? lengths[index] + tails[index] : continuations[index])));
}
