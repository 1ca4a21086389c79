using System.Globalization;

namespace AlignedProbing.Tokenizers.Files;

/// <summary>
/// Reads a JSON number as the Rust library's JSON reader does: digits as one whole number, then one multiplication or division by a power of ten. The result
/// can be one unit in the last place beside the nearest, and where two ways to tokenize a text have equal sums of scores that unit decides.
/// </summary>
internal static class ReferenceNumber
{
    private const int LargestPower = 308;
    private static readonly double[] Powers =
        [.. Enumerable.Range(0, LargestPower + 1).Select(exponent => double.Parse($"1e{exponent}", CultureInfo.InvariantCulture))];

    /// <param name="digits">A number as JSON writes it.</param>
    public static double Parse(ReadOnlySpan<byte> digits)
    {
        var position = digits[0] == '-' ? 1 : 0;
        var significand = 0ul;
        var exponent = 0;
        var isFraction = false;
        var isFull = false;
        for (; position < digits.Length && digits[position] is not ((byte)'e' or (byte)'E'); position++)
        {
            if (digits[position] == '.')
            {
                isFraction = true;
                continue;
            }

            var digit = (ulong)(digits[position] - '0');
            isFull |= significand > (ulong.MaxValue - digit) / 10;
            if (!isFull)
            {
                significand = (significand * 10) + digit;
            }

            // Digits that do not fit are left out; before the point they still count as places.
            exponent += isFull == isFraction ? 0 : isFraction ? -1 : 1;
        }

        if (position < digits.Length && !TryAddExponent(digits[(position + 1)..], ref exponent))
        {
            return 0;
        }

        var value = Scale(significand, exponent);
        return digits[0] == '-' ? -value : value;
    }

    private static bool TryAddExponent(ReadOnlySpan<byte> digits, ref int exponent)
    {
        var isNegative = digits[0] == '-';
        var value = 0;
        foreach (var digit in digits)
        {
            if (digit is not ((byte)'+' or (byte)'-'))
            {
                value = Math.Min(100_000, (value * 10) + digit - '0');
            }
        }

        exponent += isNegative ? -value : value;
        return value < 100_000 || !isNegative;
    }

    private static double Scale(double value, int exponent)
    {
        for (; exponent < -LargestPower && value != 0; exponent += LargestPower)
        {
            value /= 1e308;
        }

        if (exponent > LargestPower)
        {
            return value == 0 ? 0 : double.PositiveInfinity;
        }

        return exponent < 0 ? value / Powers[Math.Min(-exponent, LargestPower)] : value * Powers[exponent];
    }
}
