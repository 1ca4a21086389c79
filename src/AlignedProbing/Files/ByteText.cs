using System.Globalization;

namespace AlignedProbing.Files;

/// <summary>Numbers of bytes for people.</summary>
public static class ByteText
{
    private static readonly string[] Units = ["bytes", "kB", "MB", "GB", "TB"];

    /// <summary>"512 bytes", "3.5 MB", "269 MB": two digits at least, in units of a thousand.</summary>
    public static string Of(long bytes)
    {
        var (value, unit) = ((double)bytes, 0);
        while (value >= 999.5 && unit < Units.Length - 1)
        {
            (value, unit) = (value / 1000, unit + 1);
        }

        return $"{value.ToString(unit > 0 && value < 9.95 ? "0.0" : "0", CultureInfo.InvariantCulture)} {Units[unit]}";
    }
}
