using System.Text;
using AlignedProbing.Reports.Html;

namespace AlignedProbing.Reports.Charts;

/// <summary>A place on a horizontal axis.</summary>
/// <param name="At">Where.</param>
/// <param name="Label">What it says.</param>
internal sealed record CurveTick(double At, string Label);

/// <summary>A point of a curve.</summary>
/// <param name="X">Its place on the x axis.</param>
/// <param name="Y">Its value; null leaves a gap.</param>
/// <param name="Low">Lower end of its interval.</param>
/// <param name="High">Upper end of its interval.</param>
/// <param name="Note">What stands in its tooltip.</param>
internal sealed record CurvePoint(double X, double? Y, double? Low, double? High, string Note);

/// <summary>A curve.</summary>
/// <param name="Style">Its style, from 0: colour, dashes and marker.</param>
/// <param name="Points">Its points, from left to right.</param>
/// <param name="Thin">Whether it is one of many, drawn faintly and without marks.</param>
internal sealed record CurveSeries(int Style, IReadOnlyList<CurvePoint> Points, bool Thin = false);

/// <summary>Curves over any axis, several small charts beside each other: depth of models of unlike size, steps of training.</summary>
internal static class CurvesChart
{
    private const double Width = 420;
    private const double Height = 290;
    private const double Left = 54;
    private const double Top = 10;

    /// <summary>Draws it.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="title">What it shows, for those who do not see it.</param>
    /// <param name="description">What there is to see.</param>
    /// <param name="axes">Titles of the axes, x first.</param>
    /// <param name="ticks">Marks of the x axis; the outermost are its ends, unless curves go further.</param>
    /// <param name="range">Range of the y axis.</param>
    /// <param name="series">The curves, faint ones first.</param>
    public static void Draw(
        Markup page,
        string title,
        string description,
        (string X, string Y) axes,
        IReadOnlyList<CurveTick> ticks,
        (double Low, double High) range,
        IReadOnlyList<CurveSeries> series)
    {
        double[] places = [.. ticks.Select(tick => tick.At), .. series.SelectMany(curve => curve.Points).Select(point => point.X)];
        var (low, high) = (places.Min(), places.Max());
        var x = new Scale(low == high ? low - 1 : low, low == high ? high + 1 : high, Left + 6, Width - 12);
        var y = new Scale(range.Low, range.High, Height - 46, Top);
        var (titleId, descriptionId, clipId) = (page.NewId("t"), page.NewId("d"), page.NewId("c"));
        page.Open(
            "svg",
            ("class", "chart curves"),
            ("viewBox", $"0 0 {P(Width)} {P(Height)}"),
            ("role", "img"),
            ("aria-labelledby", $"{titleId} {descriptionId}"));
        page.Element("title", title, ("id", titleId)).Element("desc", description, ("id", descriptionId));
        page.Open("clipPath", ("id", clipId))
            .Void("rect", ("x", P(Left)), ("y", P(Top)), ("width", P(Width - Left)), ("height", P(Height - 46 - Top)))
            .Close();
        Axis.Values(page, y, Left, Width - 6, axes.Y);
        const double Apart = 34;
        var free = double.NegativeInfinity;
        foreach (var tick in ticks)
        {
            page.Void("line", ("class", "axis"), ("x1", P(x.At(tick.At))), ("x2", P(x.At(tick.At))), ("y1", P(Height - 46)), ("y2", P(Height - 42)));
            if (x.At(tick.At) >= free)
            {
                // Labels that would run into the one before are left out; their tick stays.
                page.Element("text", tick.Label, ("class", "tick middle"), ("x", P(x.At(tick.At))), ("y", P(Height - 28)));
                free = x.At(tick.At) + Apart;
            }
        }

        page.Element("text", axes.X, ("class", "axis-title middle"), ("x", P((Left + Width) / 2)), ("y", P(Height - 9)));
        page.Open("g", ("clip-path", $"url(#{clipId})"));
        foreach (var curve in series)
        {
            Band(page, curve, x, y);
        }

        page.Close();
        foreach (var curve in series)
        {
            Curve(page, curve, x, y);
        }

        page.Close();
    }

    private static string P(double place) => Scale.Place(place);

    private static void Band(Markup page, CurveSeries curve, Scale x, Scale y)
    {
        foreach (var stretch in Stretches(curve, point => point is { Y: not null, Low: not null, High: not null }))
        {
            var path = new StringBuilder();
            foreach (var point in stretch)
            {
                path.Append(path.Length == 0 ? 'M' : 'L').Append(P(x.At(point.X))).Append(' ').Append(P(y.At(point.High!.Value)));
            }

            foreach (var point in Enumerable.Reverse(stretch))
            {
                path.Append('L').Append(P(x.At(point.X))).Append(' ').Append(P(y.At(point.Low!.Value)));
            }

            page.Void("path", ("class", $"band s{NumberText.Count(curve.Style % 8)}"), ("d", path.Append('Z').ToString()));
        }
    }

    private static void Curve(Markup page, CurveSeries curve, Scale x, Scale y)
    {
        page.Open("g", ("class", $"curve{(curve.Thin ? " thin" : "")} s{NumberText.Count(curve.Style % 8)}"));
        foreach (var stretch in Stretches(curve, point => point.Y is not null))
        {
            var path = new StringBuilder();
            foreach (var point in stretch)
            {
                path.Append(path.Length == 0 ? 'M' : 'L').Append(P(x.At(point.X))).Append(' ').Append(P(y.Clamped(point.Y!.Value)));
            }

            page.Open("path", ("class", "stroke"), ("d", path.ToString())).Element("title", stretch[0].Note).Close();
        }

        foreach (var point in curve.Points.Where(point => point.Y is not null && !curve.Thin))
        {
            Marker.Draw(page, curve.Style, x.At(point.X), y.Clamped(point.Y!.Value), 2.7, "dot", point.Note);
        }

        page.Close();
    }

    private static List<List<CurvePoint>> Stretches(CurveSeries curve, Predicate<CurvePoint> belongs)
    {
        var (stretches, open) = (new List<List<CurvePoint>>(), false);
        foreach (var point in curve.Points)
        {
            if (belongs(point))
            {
                if (!open)
                {
                    stretches.Add([]);
                }

                stretches[^1].Add(point);
            }

            open = belongs(point);
        }

        return stretches;
    }
}
