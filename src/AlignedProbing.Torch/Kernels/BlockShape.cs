namespace AlignedProbing.Torch.Kernels;

/// <summary>What the attention of one block mixes and keeps.</summary>
/// <param name="QueryHeads">Query heads, a multiple of the key-value heads.</param>
/// <param name="KeyValueHeads">Heads of keys and values; 0: the block does not attend, or reads what an earlier block keeps.</param>
/// <param name="KeySize">Elements of a query's or key's head.</param>
/// <param name="ValueSize">Elements of a value's head.</param>
internal readonly record struct BlockShape(int QueryHeads, int KeyValueHeads, int KeySize, int ValueSize)
{
    /// <summary>Numbers of the state that a block keeps of each sequence, beside keys and values or in their place; 0 (the default): none.</summary>
    public long StateSize { get; init; }

    /// <summary>float32 numbers that a block keeps of each token.</summary>
    public long PerToken => (long)KeyValueHeads * (KeySize + ValueSize);

    /// <summary>A block that does not attend and keeps a state.</summary>
    /// <param name="size">Numbers of the state.</param>
    public static BlockShape OfState(long size) => new() { StateSize = size };

    /// <summary>Blocks that are all alike.</summary>
    /// <param name="blocks">Number of blocks.</param>
    /// <param name="queryHeads">Query heads.</param>
    /// <param name="keyValueHeads">Heads of keys and values.</param>
    /// <param name="size">Elements of every head.</param>
    public static BlockShape[] Uniform(int blocks, int queryHeads, int keyValueHeads, int size)
    {
        var shapes = new BlockShape[blocks];
        Array.Fill(shapes, new BlockShape(queryHeads, keyValueHeads, size, size));
        return shapes;
    }
}
