namespace AlignedProbing.Torch.Weights.CompressedTensors;

/// <summary>How compressed-tensors stores codes.</summary>
internal enum CompressedCodes
{
    /// <summary>A float8_e4m3fn each: <c>float-quantized</c>.</summary>
    Float8,

    /// <summary>An int8 each: <c>int-quantized</c>.</summary>
    Int8,

    /// <summary>Several in a 32-bit number: <c>pack-quantized</c>.</summary>
    Packed,
}
