namespace AlignedProbing.Torch.Weights.Grouped;

/// <summary>What the codes of a <see cref="GroupedWeight"/> stand for.</summary>
public enum CodeKind
{
    /// <summary>Whole numbers from 0 to 15.</summary>
    FourBits,

    /// <summary>Whole numbers from 0 to 255.</summary>
    EightBits,

    /// <summary>float8_e4m3fn: a sign, four bits of exponent, three of fraction; no infinities. NaNs do not occur.</summary>
    Float8,

    /// <summary>float4_e2m1: a sign, two bits of exponent, one of fraction.</summary>
    Float4,
}
