using System.Runtime.Intrinsics;

namespace AlignedProbing.Scoring.Ngram;

/// <summary>
/// The logistic function from additions, multiplications and divisions alone: the C library's exponential may differ in its last bit between systems.
/// </summary>
internal static class Logistic
{
    private const float Limit = 30;

    /// <summary>1 / (1 + exp(-x)), within 2e-7; x beyond 30 counts as 30.</summary>
    public static Vector256<float> Of(Vector256<float> x)
    {
        var limit = Vector256.Create(Limit);
        return Vector256<float>.One / (Vector256<float>.One + Exp(-Vector256.Max(-limit, Vector256.Min(limit, x))));
    }

    // exp(x) = 2^k exp(r), with r within half a logarithm of 2 and the Taylor series to r^7.
    private static Vector256<float> Exp(Vector256<float> x)
    {
        var power = Vector256.Floor((x * Vector256.Create(1.44269504f)) + Vector256.Create(0.5f));
        var r = x - (power * Vector256.Create(0.693359375f)) + (power * Vector256.Create(2.12194440e-4f));
        var sum = Vector256.Create(1f / 5040);
        foreach (var term in (ReadOnlySpan<float>)[1f / 720, 1f / 120, 1f / 24, 1f / 6, 1f / 2, 1, 1])
        {
            sum = (sum * r) + Vector256.Create(term);
        }

        return sum * ((Vector256.ConvertToInt32(power) + Vector256.Create(127)) << 23).AsSingle();
    }
}
