using System.Globalization;

namespace AlignedProbing.Reports;

/// <summary>How figures are written for people: the same everywhere, whatever the machine's culture.</summary>
public static class NumberText
{
    /// <summary>What stands where there is no figure.</summary>
    public const string None = "–";

    private const char Minus = '\u2212';

    /// <summary>A correlation, score or share in [-1, 1]: two decimals without the leading zero, ".81", "−.05", "1.00".</summary>
    public static string Unit(double? value)
    {
        if (value is not { } number || !double.IsFinite(number))
        {
            return None;
        }

        var digits = Math.Abs(number).ToString("0.00", CultureInfo.InvariantCulture);
        var bare = digits.StartsWith("0.", StringComparison.Ordinal) ? digits[1..] : digits;
        return number < 0 && digits != "0.00" ? Minus + bare : bare;
    }

    /// <summary>A mean squared error: three decimals without the leading zero.</summary>
    public static string Small(double? value) =>
        value is { } number && double.IsFinite(number)
            ? number.ToString("0.000", CultureInfo.InvariantCulture) is ['0', .. var rest]
                ? rest
                : number.ToString("0.000", CultureInfo.InvariantCulture)
            : None;

    /// <summary>Any other quantity: one decimal below 1,000, whole above.</summary>
    public static string Quantity(double? value) =>
        value is { } number && double.IsFinite(number)
            ? number.ToString(Math.Abs(number) < 1000 ? "0.0" : "#,0", CultureInfo.InvariantCulture).Replace('-', Minus)
            : None;

    /// <summary>A share as a percentage without decimals: "31 %".</summary>
    public static string Percent(double? value) =>
        value is { } number && double.IsFinite(number) ? (number * 100).ToString("0", CultureInfo.InvariantCulture) + "\u00A0%" : None;

    /// <summary>A count: "1,996".</summary>
    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>An interval, "[.78, .84]", each end written by <paramref name="write"/>; empty where there is none.</summary>
    public static string Interval(double? low, double? high, Func<double?, string> write) =>
        low is null || high is null ? "" : $"[{write(low)}, {write(high)}]";

    /// <summary>A figure with its interval: ".81 [.78, .84]".</summary>
    public static string WithInterval(double? value, double? low, double? high, Func<double?, string> write)
    {
        var interval = Interval(low, high, write);
        return interval.Length == 0 || value is null ? write(value) : $"{write(value)} {interval}";
    }

    /// <summary>" (n = 371)" where a figure rests on other rows than the one that says n for both; otherwise nothing.</summary>
    internal static string OtherN(int n, int expected) => n == expected ? "" : $" (n = {Count(n)})";

    /// <summary>Layers as ranges: "4–7, 10".</summary>
    public static string Layers(IReadOnlyList<int> layers)
    {
        var parts = new List<string>();
        for (var i = 0; i < layers.Count;)
        {
            var end = i;
            while (end + 1 < layers.Count && layers[end + 1] == layers[end] + 1)
            {
                end++;
            }

            parts.Add(end == i ? Count(layers[i]) : $"{Count(layers[i])}–{Count(layers[end])}");
            i = end + 1;
        }

        return string.Join(", ", parts);
    }
}
