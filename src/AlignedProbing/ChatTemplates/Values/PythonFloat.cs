using System.Globalization;
using System.Numerics;

namespace AlignedProbing.ChatTemplates.Values;

/// <summary>Writes and rounds floats as Python does.</summary>
internal static class PythonFloat
{
    /// <summary>Python's <c>repr</c>: the shortest digits that read back as the same number, with an exponent below 1e-4 and from 1e16.</summary>
    public static string Repr(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        // .NET finds the same shortest digits, but places the point otherwise.
        var parts = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture).Split('E');
        var whole = parts[0].Split('.')[0];
        var all = parts[0].Replace(".", "", StringComparison.Ordinal);
        var leading = all.Length - all.TrimStart('0').Length;
        var digits = all.Trim('0') is { Length: > 0 } significant ? significant : "0";
        var power = parts.Length > 1 ? int.Parse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0;
        var exponent = value == 0 ? 0 : power + whole.Length - 1 - leading;
        var sign = double.IsNegative(value) ? "-" : "";
        if (exponent is < -4 or >= 16)
        {
            var fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return $"{sign}{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture)}";
        }

        if (exponent < 0)
        {
            return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        }

        return digits.Length <= exponent + 1
            ? $"{sign}{digits.PadRight(exponent + 1, '0')}.0"
            : $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }

    /// <summary>Python's <c>'%.*f'</c>: rounded from the exact binary value, ties to even.</summary>
    /// <param name="value">A finite number.</param>
    /// <param name="digits">Digits after the point, 0 to 100.</param>
    public static string Fixed(double value, int digits)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var biased = (int)((bits >> 52) & 0x7FF);
        var fraction = bits & 0xFFFFFFFFFFFFF;
        BigInteger numerator = biased == 0 ? fraction : fraction | (1L << 52);
        var power = Math.Max(biased, 1) - 1075;
        numerator *= BigInteger.Pow(10, digits);
        if (power >= 0)
        {
            numerator <<= power;
        }
        else
        {
            var denominator = BigInteger.One << -power;
            numerator = BigInteger.DivRem(numerator, denominator, out var rest);
            var twice = (rest << 1).CompareTo(denominator);
            if (twice > 0 || (twice == 0 && !numerator.IsEven))
            {
                numerator += 1;
            }
        }

        var text = numerator.ToString(CultureInfo.InvariantCulture).PadLeft(digits + 1, '0');
        var sign = double.IsNegative(value) ? "-" : "";
        return digits == 0 ? sign + text : $"{sign}{text[..^digits]}.{text[^digits..]}";
    }

    /// <summary>Python's <c>round(value, digits)</c>.</summary>
    public static double Round(double value, int digits)
    {
        if (!double.IsFinite(value) || digits > 100)
        {
            return value;
        }

        if (digits >= 0)
        {
            return double.Parse(Fixed(value, digits), CultureInfo.InvariantCulture);
        }

        var unit = Math.Pow(10, Math.Min(-digits, 308));
        return Math.Round(value / unit, MidpointRounding.ToEven) * unit;
    }
}
