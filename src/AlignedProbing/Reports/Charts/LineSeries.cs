namespace AlignedProbing.Reports.Charts;

/// <summary>One curve.</summary>
/// <param name="Name">Its name, as the label at its end says.</param>
/// <param name="Style">Its style, from 0: colour, dashes and marker; the same number looks the same in every chart.</param>
/// <param name="Points">Its points, by position on the x axis.</param>
internal sealed record LineSeries(string Name, int Style, IReadOnlyList<LinePoint> Points);

/// <summary>One point of a curve.</summary>
/// <param name="X">Its position.</param>
/// <param name="Y">Its value; null where there is none, which leaves a gap.</param>
/// <param name="Low">Lower end of its interval.</param>
/// <param name="High">Upper end of its interval.</param>
/// <param name="Note">What stands in its tooltip: the figure with its interval, or why there is none.</param>
/// <param name="IsPeak">Whether the curve peaks here.</param>
internal sealed record LinePoint(int X, double? Y, double? Low, double? High, string Note, bool IsPeak);
