namespace AlignedProbing.Gguf;

/// <summary>A type of a GGUF tensor's elements: numbers, or blocks of them. Source: ggml.h, gguf-py's constants.</summary>
/// <param name="Name">Its name: <c>Q4_K</c>; those of plain numbers are safetensors' too.</param>
/// <param name="Elements">Elements of a block; 1 for plain numbers.</param>
/// <param name="Bytes">Bytes of a block.</param>
public sealed record GgufType(string Name, int Elements, int Bytes)
{
    private static readonly Dictionary<uint, GgufType> Known = new()
    {
        [0] = new("F32", 1, 4),
        [1] = new("F16", 1, 2),
        [2] = new("Q4_0", 32, 18),
        [3] = new("Q4_1", 32, 20),
        [6] = new("Q5_0", 32, 22),
        [7] = new("Q5_1", 32, 24),
        [8] = new("Q8_0", 32, 34),
        [10] = new("Q2_K", 256, 84),
        [11] = new("Q3_K", 256, 110),
        [12] = new("Q4_K", 256, 144),
        [13] = new("Q5_K", 256, 176),
        [14] = new("Q6_K", 256, 210),
        [20] = new("IQ4_NL", 32, 18),
        [23] = new("IQ4_XS", 256, 136),
        [24] = new("I8", 1, 1),
        [25] = new("I16", 1, 2),
        [26] = new("I32", 1, 4),
        [27] = new("I64", 1, 8),
        [28] = new("F64", 1, 8),
        [30] = new("BF16", 1, 2),
    };

    // Known by name, so that a message can say what a file holds.
    private static readonly Dictionary<uint, string> NotRead = new()
    {
        [4] = "Q4_2",
        [5] = "Q4_3",
        [9] = "Q8_1",
        [15] = "Q8_K",
        [16] = "IQ2_XXS",
        [17] = "IQ2_XS",
        [18] = "IQ3_XXS",
        [19] = "IQ1_S",
        [21] = "IQ3_S",
        [22] = "IQ2_S",
        [29] = "IQ1_M",
        [34] = "TQ1_0",
        [35] = "TQ2_0",
        [39] = "MXFP4",
    };

    /// <summary>Whether an element is a number of its own.</summary>
    public bool IsPlain => Elements == 1;

    /// <summary>The type of a number in a file; null where it is not read.</summary>
    internal static GgufType? Of(uint number) => Known.GetValueOrDefault(number);

    /// <summary>What a type that is not read is called.</summary>
    internal static string NameOf(uint number) => NotRead.TryGetValue(number, out var name) ? name : $"number {number}";
}
