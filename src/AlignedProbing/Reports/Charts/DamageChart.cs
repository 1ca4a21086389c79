using System.Globalization;
using AlignedProbing.Reports.Html;

namespace AlignedProbing.Reports.Charts;

/// <summary>An edit or a control: what it changed against what it cost.</summary>
/// <param name="Style">Its style, from 0: colour and marker.</param>
/// <param name="Damage">KL, nats a token, above 0.</param>
/// <param name="Change">The change.</param>
/// <param name="Low">Lower end of its interval; null draws none.</param>
/// <param name="High">Upper end.</param>
/// <param name="Label">A word beside it; empty for none.</param>
/// <param name="Note">What stands in its tooltip.</param>
internal sealed record DamagePoint(int Style, double Damage, double Change, double? Low, double? High, string Label, string Note);

/// <summary>Changes against damage on a logarithmic axis, a mark an edit or control. Edits that do more than break stand apart from the controls.</summary>
internal static class DamageChart
{
    private const double Width = 640;
    private const double Left = 56;
    private const double Right = Width - 24;
    private const double Top = 10;
    private const double Bottom = 300;

    /// <summary>Draws it; at least one point.</summary>
    public static void Draw(Markup page, string title, string axis, IReadOnlyList<DamagePoint> points)
    {
        var (first, last) = Decades(points);
        var (low, high) = Ticks.AroundZero(points.SelectMany(point => new[] { point.Low ?? point.Change, point.High ?? point.Change, point.Change }), 0.1);
        var (x, y) = (new Scale(first, last, Left, Right), new Scale(low, high, Bottom, Top));
        var (titleId, descriptionId) = (page.NewId("t"), page.NewId("d"));
        page.Open(
            "svg",
            ("class", "chart scatter wide"),
            ("viewBox", $"0 0 {Scale.Place(Width)} {Scale.Place(Bottom + 46)}"),
            ("role", "img"),
            ("aria-labelledby", $"{titleId} {descriptionId}"));
        page.Element("title", title, ("id", titleId))
            .Element("desc", "Scatter chart; x: KL on a logarithmic axis, y: change. The tables below hold every figure.", ("id", descriptionId));
        Axis.Values(page, y, Left, Right, axis);
        for (var decade = first; decade <= last; decade++)
        {
            var at = Scale.Place(x.At(decade));
            page.Void("line", ("class", "grid"), ("x1", at), ("x2", at), ("y1", Scale.Place(Top)), ("y2", Scale.Place(Bottom)));
            page.Element("text", Power(decade), ("class", "tick middle"), ("x", at), ("y", Scale.Place(Bottom + 18)));
        }

        page.Element(
            "text",
            "Damage: KL from the unedited model, nats a token",
            ("class", "axis-title middle"),
            ("x", Scale.Place((Left + Right) / 2)),
            ("y", Scale.Place(Bottom + 38)));
        // Edits last, on top of their controls.
        foreach (var point in points.OrderByDescending(point => point.Style))
        {
            Draw(page, point, x.Clamped(Math.Log10(point.Damage)), y);
        }

        page.Close();
    }

    private static void Draw(Markup page, DamagePoint point, double x, Scale y)
    {
        page.Open("g", ("class", $"mark curve s{NumberText.Count(point.Style % 8)}"));
        if (point.Low is { } low && point.High is { } high)
        {
            var at = Scale.Place(x);
            page.Void("line", ("class", "whisker"), ("x1", at), ("x2", at), ("y1", Scale.Place(y.Clamped(low))), ("y2", Scale.Place(y.Clamped(high))));
        }

        Marker.Draw(page, point.Style, x, y.Clamped(point.Change), 4.2, "dot", point.Note);
        if (point.Label.Length > 0)
        {
            var isLeft = x > (Left + Right) / 2;
            page.Element(
                "text",
                point.Label,
                ("class", isLeft ? "tick end" : "tick"),
                ("x", Scale.Place(isLeft ? x - 8 : x + 8)),
                ("y", Scale.Place(y.Clamped(point.Change) - 5)));
        }

        page.Close();
    }

    private static (int First, int Last) Decades(IReadOnlyList<DamagePoint> points)
    {
        var (first, last) = ((int)Math.Floor(points.Min(point => Math.Log10(point.Damage))), (int)Math.Ceiling(points.Max(point => Math.Log10(point.Damage))));
        return first == last ? (first, first + 1) : (first, last);
    }

    private static string Power(int decade) => Math.Pow(10, decade).ToString("0.######", CultureInfo.InvariantCulture);
}
