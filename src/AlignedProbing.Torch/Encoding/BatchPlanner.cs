using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Encoding;

/// <summary>
/// Divides the prompts of a chunk into batches of neighbours in length. What is computed for a prompt does not depend on its batch; only time and memory do.
/// </summary>
internal static class BatchPlanner
{
    /// <summary>
    /// Rows that are decoded together where no batch size is asked for: enough for full matrix products, few enough for the cache to stay small.
    /// </summary>
    private const int RowsAtATime = 200;

    /// <summary>Tokens of cache, prompts and continuations together, that a batch may hold where no batch size is asked for.</summary>
    public const int CacheTokens = 16 * 1024;

    /// <summary>The part of the machine's memory that a batch's cache may take where no batch size is asked for.</summary>
    private const int PartOfMemory = 4;

    /// <summary>
    /// Tokens of cache that a batch may hold where no batch size is asked for: <see cref="CacheTokens"/>, fewer where they would take more than a quarter of
    /// memory.
    /// </summary>
    /// <param name="sizes">The model's sizes; keys and values are kept in float32 whatever the precision of the weights.</param>
    /// <param name="memory">Bytes that the process may use.</param>
    public static int CacheTokensWithin(ModelSizes sizes, long memory)
    {
        return (int)Math.Clamp(memory / PartOfMemory / Math.Max(1, sizes.TokenBytes), 1, CacheTokens);
    }

    /// <summary>
    /// Prompts that a batch may hold where no batch size is asked for, so that the states of their sequences take no more than a quarter of memory: a model
    /// whose blocks have states keeps one of each prompt and one of each continuation, whatever their lengths.
    /// </summary>
    /// <param name="sizes">The model's sizes.</param>
    /// <param name="samples">Continuations of a prompt.</param>
    /// <param name="memory">Bytes that the process may use.</param>
    public static int PromptsWithin(ModelSizes sizes, int samples, long memory)
    {
        var limit = Math.Max(1, RowsAtATime / Math.Max(1, samples));
        return (int)Math.Clamp(memory / PartOfMemory / Math.Max(1, sizes.StateBytes * (samples + 1L)), 1, limit);
    }

    /// <summary>Batches of indices into a list of prompts: shortest first, each batch of at most <paramref name="size"/> prompts.</summary>
    /// <param name="lengths">Tokens of each prompt.</param>
    /// <param name="tails">Tokens of all continuations of each prompt together.</param>
    /// <param name="samples">Continuations of a prompt.</param>
    /// <param name="size">Prompts in a batch; null: as many as fill the matrix products without filling memory, at least one.</param>
    /// <param name="cacheTokens">Tokens of cache that a batch may hold where no size is asked for; a prompt that takes more goes alone.</param>
    /// <param name="prompts">Prompts that a batch may hold where no size is asked for; null: as many as fill the matrix products.</param>
    public static IReadOnlyList<int[]> Plan(
        IReadOnlyList<int> lengths,
        IReadOnlyList<int> tails,
        int samples,
        int? size,
        int cacheTokens = CacheTokens,
        int? prompts = null)
    {
        var order = Enumerable.Range(0, lengths.Count).OrderBy(index => lengths[index]).ThenBy(index => index).ToArray();
        var limit = size ?? prompts ?? Math.Max(1, RowsAtATime / Math.Max(1, samples));
        var batches = new List<int[]>();
        var batch = new List<int>();
        long tokens = 0;
        foreach (var index in order)
        {
            var more = lengths[index] + tails[index];
            if (batch.Count > 0 && (batch.Count == limit || (size is null && tokens + more > cacheTokens)))
            {
                batches.Add([.. batch]);
                batch.Clear();
                tokens = 0;
            }

            batch.Add(index);
            tokens += more;
        }

        if (batch.Count > 0)
        {
            batches.Add([.. batch]);
        }

        return batches;
    }
}
