using AlignedProbing.Reports.Html;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Charts;

/// <summary>
/// A reliability curve: what one scorer says on average where the other says so much, beside the diagonal on which they would agree. Larger marks stand for
/// more texts.
/// </summary>
internal static class ReliabilityChart
{
    private const double Side = 300;
    private const double Left = 56;
    private const double Top = 10;

    /// <summary>Draws it.</summary>
    public static void Draw(Markup page, string title, string description, string first, string second, IReadOnlyList<ReliabilityBin> bins)
    {
        var x = new Scale(0, 1, Left, Left + Side);
        var y = new Scale(0, 1, Top + Side, Top);
        var (titleId, descriptionId) = (page.NewId("t"), page.NewId("d"));
        page.Open(
            "svg",
            ("class", "chart reliability"),
            ("viewBox", $"0 0 {P(Left + Side + 14)} {P(Top + Side + 46)}"),
            ("role", "img"),
            ("aria-labelledby", $"{titleId} {descriptionId}"));
        page.Element("title", title, ("id", titleId)).Element("desc", description, ("id", descriptionId));
        Axis.Values(page, y, Left, Left + Side, $"Mean score by {second}");
        Axis.Shares(page, x, Top, Top + Side, $"Mean score by {first}");
        page.Void("line", ("class", "diagonal"), ("x1", P(x.At(0))), ("y1", P(y.At(0))), ("x2", P(x.At(1))), ("y2", P(y.At(1))));
        page.Open("g", ("class", "curve s0"));
        if (bins.Count > 1)
        {
            page.Void("path", ("class", "stroke"), ("d", "M" + string.Join('L', bins.Select(bin => $"{P(x.Clamped(bin.First))} {P(y.Clamped(bin.Second))}"))));
        }

        var most = Math.Max(1, bins.Count == 0 ? 1 : bins.Max(bin => bin.N));
        foreach (var bin in bins)
        {
            Marker.Draw(
                page,
                0,
                x.Clamped(bin.First),
                y.Clamped(bin.Second),
                2.5 + (5.5 * Math.Sqrt((double)bin.N / most)),
                "dot",
                $"{first} {NumberText.Unit(bin.First)}, {second} {NumberText.Unit(bin.Second)}, {NumberText.Count(bin.N)} texts");
        }

        page.Close().Close();
    }

    private static string P(double place) => Scale.Place(place);
}
