namespace AlignedProbing.Torch.Weights.Grouped;

/// <summary>The numbers that codes stand for. Source of the floating-point ones: the OCP Microscaling Formats specification 1.0.</summary>
internal static class CodeValues
{
    /// <summary>Whether two codes fit in a byte.</summary>
    public static bool IsNarrow(CodeKind kind) => kind is CodeKind.FourBits or CodeKind.Float4;

    /// <summary>The values of all codes, 16 or 256, less what is subtracted from each.</summary>
    public static float[] Of(CodeKind kind, int offset) =>
        [.. Enumerable.Range(0, IsNarrow(kind) ? 16 : 256).Select(code => Value(kind, code) - offset)];

    private static float Value(CodeKind kind, int code) => kind switch
    {
        CodeKind.Float8 => Float(code, exponentBits: 4, fractionBits: 3),
        CodeKind.Float4 => Float(code, exponentBits: 2, fractionBits: 1),
        _ => code,
    };

    private static float Float(int code, int exponentBits, int fractionBits)
    {
        var (exponent, fraction) = ((code >> fractionBits) & ((1 << exponentBits) - 1), code & ((1 << fractionBits) - 1));
        var bias = (1 << (exponentBits - 1)) - 1;
        var size = exponent == 0
            ? MathF.ScaleB(fraction, 1 - bias - fractionBits)
            : MathF.ScaleB((1 << fractionBits) + fraction, exponent - bias - fractionBits);
        return code >> (exponentBits + fractionBits) == 0 ? size : -size;
    }
}
