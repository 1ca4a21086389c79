namespace AlignedProbing.Gguf;

/// <summary>A tensor of a GGUF file.</summary>
/// <param name="Name">Its name in the file: <c>blk.0.attn_q.weight</c>.</param>
/// <param name="Type">Type of its elements.</param>
/// <param name="Shape">Sizes, slowest first: the file's in reverse.</param>
/// <param name="Offset">First byte, from the file's begin.</param>
/// <param name="Bytes">Number of bytes.</param>
public sealed record GgufTensor(string Name, GgufType Type, IReadOnlyList<long> Shape, long Offset, long Bytes);
