namespace AlignedProbing.Torch.Encoding;

/// <summary>Divides the prompts of a chunk into batches of neighbours in length. What is computed for a prompt does not depend on its batch; only time and memory do.</summary>
internal static class BatchPlanner
{
    /// <summary>Rows that are decoded together where no batch size is asked for: enough for full matrix products, few enough for the cache to stay small.</summary>
    private const int RowsAtATime = 200;

    /// <summary>Tokens of cache, prompts and continuations together, that a batch may hold where no batch size is asked for.</summary>
    private const int CacheTokens = 16 * 1024;

    /// <summary>Batches of indices into a list of prompts: shortest first, each batch of at most <paramref name="size"/> prompts.</summary>
    /// <param name="lengths">Tokens of each prompt.</param>
    /// <param name="tails">Tokens of all continuations of each prompt together.</param>
    /// <param name="samples">Continuations of a prompt.</param>
    /// <param name="size">Prompts in a batch; null: as many as fill the matrix products without filling memory, at least one.</param>
    public static IReadOnlyList<int[]> Plan(IReadOnlyList<int> lengths, IReadOnlyList<int> tails, int samples, int? size)
    {
        var order = Enumerable.Range(0, lengths.Count).OrderBy(index => lengths[index]).ThenBy(index => index).ToArray();
        var limit = size ?? Math.Max(1, RowsAtATime / Math.Max(1, samples));
        var batches = new List<int[]>();
        var batch = new List<int>();
        long tokens = 0;
        foreach (var index in order)
        {
            var more = lengths[index] + tails[index];
            if (batch.Count > 0 && (batch.Count == limit || (size is null && tokens + more > CacheTokens)))
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
