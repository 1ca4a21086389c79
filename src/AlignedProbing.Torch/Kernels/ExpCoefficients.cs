namespace AlignedProbing.Torch.Kernels;

/// <summary>
/// The numbers of Cephes' expf (Moshier): e to the x = 2^n e^r, n the integer nearest to x / ln 2, r = x - n ln 2 with ln 2 in two parts, e^r by a polynomial.
/// The loops over vectors of different widths have them in common; how they round n and what they do at the ends differs, and with it the last bit.
/// </summary>
internal static class ExpCoefficients
{
    public const float InverseLogTwo = 1.44269504088896341f;

    public const float LogTwoHigh = 0.693359375f;

    /// <summary>What is added to <see cref="LogTwoHigh"/> for ln 2.</summary>
    public const float LogTwoLow = -2.12194440e-4f;

    public const float P0 = 1.9875691500e-4f;
    public const float P1 = 1.3981999507e-3f;
    public const float P2 = 8.3334519073e-3f;
    public const float P3 = 4.1665795894e-2f;
    public const float P4 = 1.6666665459e-1f;
    public const float P5 = 5.0000001201e-1f;
}
