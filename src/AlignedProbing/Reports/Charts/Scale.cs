using System.Globalization;

namespace AlignedProbing.Reports.Charts;

/// <summary>Maps values to places on a page, linearly.</summary>
/// <param name="From">The value at <paramref name="Start"/>.</param>
/// <param name="To">The value at <paramref name="End"/>; differs from <paramref name="From"/>.</param>
/// <param name="Start">A place, in units of the drawing.</param>
/// <param name="End">A place, in units of the drawing.</param>
internal readonly record struct Scale(double From, double To, double Start, double End)
{
    /// <summary>The place of a value; values outside the range are put at its ends.</summary>
    public double Clamped(double value) => At(Math.Clamp(value, Math.Min(From, To), Math.Max(From, To)));

    /// <summary>The place of a value.</summary>
    public double At(double value) => Start + ((value - From) / (To - From) * (End - Start));

    /// <summary>A place as SVG writes it: two decimals at most, invariantly.</summary>
    public static string Place(double place) => Math.Round(place, 2).ToString("0.##", CultureInfo.InvariantCulture);
}
