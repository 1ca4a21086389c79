using AlignedProbing.Reports.Html;

namespace AlignedProbing.Reports.Charts;

/// <summary>A point of a scatter chart.</summary>
/// <param name="Style">Its style, from 0: colour and marker.</param>
/// <param name="X">Its place on the x axis.</param>
/// <param name="Y">Its place on the y axis.</param>
/// <param name="Note">What stands in its tooltip.</param>
/// <param name="Label">What stands beside it; null for nothing.</param>
internal sealed record ScatterPoint(int Style, double X, double Y, string Note, string? Label = null);

/// <summary>Two figures of several runs against each other, a mark a run. No line is drawn through them: a few points bear none.</summary>
internal static class ScatterChart
{
    private const double Side = 300;
    private const double Left = 56;
    private const double Top = 10;
    private const double LeastSpan = 0.1;

    /// <summary>Draws it.</summary>
    public static void Draw(Markup page, string title, string description, string axisX, string axisY, IReadOnlyList<ScatterPoint> points)
    {
        var (fromX, toX) = Range(points.Select(point => point.X));
        var (fromY, toY) = Range(points.Select(point => point.Y));
        var (x, y) = (new Scale(fromX, toX, Left, Left + Side), new Scale(fromY, toY, Top + Side, Top));
        var (titleId, descriptionId) = (page.NewId("t"), page.NewId("d"));
        page.Open(
            "svg",
            ("class", "chart scatter"),
            ("viewBox", $"0 0 {Scale.Place(Left + Side + 14)} {Scale.Place(Top + Side + 46)}"),
            ("role", "img"),
            ("aria-labelledby", $"{titleId} {descriptionId}"));
        page.Element("title", title, ("id", titleId)).Element("desc", description, ("id", descriptionId));
        Axis.Values(page, y, Left, Left + Side, axisY);
        Axis.Shares(page, x, Top, Top + Side, axisX);
        foreach (var point in points)
        {
            page.Open("g", ("class", $"curve s{NumberText.Count(point.Style % 8)}"));
            Marker.Draw(page, point.Style, x.Clamped(point.X), y.Clamped(point.Y), 5, "dot", point.Note);
            page.Close();
            if (point.Label is { } label)
            {
                var (place, right) = (x.Clamped(point.X), x.Clamped(point.X) > Left + (Side / 2));
                page.Element(
                    "text",
                    label,
                    ("class", right ? "label end" : "label"),
                    ("x", Scale.Place(right ? place - 8 : place + 8)),
                    ("y", Scale.Place(y.Clamped(point.Y) + 3.5)));
            }
        }

        page.Close();
    }

    // The values and a little room, not from 0: what runs differ by is often small beside what they share. The axes say where they begin.
    private static (double From, double To) Range(IEnumerable<double> values)
    {
        double[] all = [.. values];
        var (low, high) = (all.Min(), all.Max());
        var room = Math.Max(LeastSpan - (high - low), 0.2 * (high - low)) / 2;
        return (Math.Max(-1, Math.Floor(((low - room) * 50) + 1e-9) / 50), Math.Min(1, Math.Ceiling(((high + room) * 50) - 1e-9) / 50));
    }
}
