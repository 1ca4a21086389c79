using System.Globalization;
using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Library;

/// <summary>What <c>%</c> and <c>str.format</c> have in common: writing numbers and filling up.</summary>
internal static class NumberFormat
{
    private const int MostDigits = 100;

    /// <summary>A float as <c>f</c>, <c>e</c>, <c>g</c> or <c>%</c>.</summary>
    public static string Float(double value, char kind, int precision)
    {
        if (!double.IsFinite(value))
        {
            return PythonFloat.Repr(value);
        }

        if (precision > MostDigits)
        {
            throw Fault.Limit($"a number has more than {MostDigits} digits after the point");
        }

        switch (char.ToLowerInvariant(kind))
        {
            case 'f':
                return PythonFloat.Fixed(value, precision);
            case '%':
                return PythonFloat.Fixed(value * 100, precision) + "%";
            case 'e':
                return Exponential(value, precision, kind);
            default:
                return General(value, Math.Max(precision, 1), kind);
        }
    }

    /// <summary>A whole number as <c>d</c>, <c>x</c>, <c>X</c>, <c>o</c>, <c>b</c>.</summary>
    public static string Integer(long value, char kind)
    {
        var magnitude = value < 0 ? (ulong)-(value + 1) + 1 : (ulong)value;
        var digits = kind switch
        {
            'x' => magnitude.ToString("x", CultureInfo.InvariantCulture),
            'X' => magnitude.ToString("X", CultureInfo.InvariantCulture),
            'o' => Octal(magnitude),
            'b' => magnitude.ToString("b", CultureInfo.InvariantCulture),
            _ => magnitude.ToString(CultureInfo.InvariantCulture),
        };
        return value < 0 ? "-" + digits : digits;
    }

    private static string Octal(ulong value)
    {
        var digits = "";
        do
        {
            digits = (char)('0' + (int)(value & 7)) + digits;
            value >>= 3;
        }
        while (value > 0);
        return digits;
    }

    private static string Exponential(double value, int precision, char kind) =>
        value.ToString($"0.{new string('0', precision)}{kind}+00", CultureInfo.InvariantCulture) is var text && precision == 0
            ? text.Replace(".", "", StringComparison.Ordinal)
            : text;

    private static string General(double value, int precision, char kind)
    {
        if (value == 0)
        {
            return double.IsNegative(value) ? "-0" : "0";
        }

        var scientific = Exponential(value, precision - 1, char.IsUpper(kind) ? 'E' : 'e');
        var exponent = int.Parse(scientific.AsSpan(scientific.IndexOfAny(['e', 'E']) + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent < -4 || exponent >= precision)
        {
            var parts = scientific.Split(['e', 'E']);
            var mantissa = parts[0].Contains('.', StringComparison.Ordinal) ? parts[0].TrimEnd('0').TrimEnd('.') : parts[0];
            return mantissa + (char.IsUpper(kind) ? 'E' : 'e') + parts[1];
        }

        var plain = PythonFloat.Fixed(value, Math.Max(precision - 1 - exponent, 0));
        return plain.Contains('.', StringComparison.Ordinal) ? plain.TrimEnd('0').TrimEnd('.') : plain;
    }
}
