namespace AlignedProbing.Torch.Kernels;

/// <summary>
/// The activation xIELU: positive x² + beta x above 0; negative (expm1(min(x, epsilon)) - x) + beta x elsewhere. Source: Huang and Schlag 2024.
/// </summary>
/// <param name="Positive">Weight above 0.</param>
/// <param name="Negative">Weight elsewhere.</param>
/// <param name="Beta">Slope at 0.</param>
/// <param name="Epsilon">A number just below 0, under which the exponential is taken.</param>
internal readonly record struct XieluNumbers(float Positive, float Negative, float Beta, float Epsilon)
{
    /// <summary>What becomes of one number.</summary>
    public float Of(float x) =>
        x > 0 ? (Positive * x * x) + (Beta * x) : ((float)(Math.Exp(MathF.Min(x, Epsilon)) - 1 - x) * Negative) + (Beta * x);
}
