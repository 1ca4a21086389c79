namespace AlignedProbing.Torch.Weights.GgufBlocks;

/// <summary>A kind of blocks that GGUF files hold weights in.</summary>
/// <param name="Name">Its name: <c>Q4_K</c>.</param>
/// <param name="Elements">Numbers of a block: 32 or 256.</param>
/// <param name="Bytes">Bytes of a block.</param>
/// <param name="Decode">Makes numbers of it.</param>
internal sealed unsafe record BlockType(string Name, int Elements, int Bytes, BlockDecoder Decode)
{
    /// <summary>Numbers that a decoder makes at a time.</summary>
    public const int Part = 32;

    private static readonly Dictionary<string, BlockType> Known = new[]
    {
        new BlockType("Q4_0", 32, 18, SimpleBlocks.Q4_0),
        new BlockType("Q4_1", 32, 20, SimpleBlocks.Q4_1),
        new BlockType("Q5_0", 32, 22, SimpleBlocks.Q5_0),
        new BlockType("Q5_1", 32, 24, SimpleBlocks.Q5_1),
        new BlockType("Q8_0", 32, 34, SimpleBlocks.Q8_0),
        new BlockType("IQ4_NL", 32, 18, SimpleBlocks.IQ4_NL),
        new BlockType("Q2_K", 256, 84, SuperBlocks.Q2_K),
        new BlockType("Q3_K", 256, 110, SuperBlocks.Q3_K),
        new BlockType("Q4_K", 256, 144, SuperBlocks.Q4_K),
        new BlockType("Q5_K", 256, 176, SuperBlocks.Q5_K),
        new BlockType("Q6_K", 256, 210, SuperBlocks.Q6_K),
        new BlockType("IQ4_XS", 256, 136, SuperBlocks.IQ4_XS),
    }.ToDictionary(type => type.Name, StringComparer.Ordinal);

    /// <summary>Names of all kinds.</summary>
    public static IEnumerable<string> Names => Known.Keys;

    /// <summary>The kind of a name; null where there is none.</summary>
    public static BlockType? Of(string name) => Known.GetValueOrDefault(name);
}
