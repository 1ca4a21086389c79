using System.Globalization;
using AlignedProbing.Reports.Html;

namespace AlignedProbing.Reports.Charts;

/// <summary>Axes with ticks, grid lines and titles.</summary>
internal static class Axis
{
    private static string P(double place) => Scale.Place(place);

    /// <summary>A vertical axis of correlations or shares: horizontal grid lines with their values at the left.</summary>
    public static void Values(Markup svg, Scale y, double left, double right, string title)
    {
        foreach (var tick in Ticks.Unit(y.From, y.To))
        {
            var at = P(y.At(tick));
            svg.Void("line", ("class", tick == 0 ? "axis" : "grid"), ("x1", P(left)), ("x2", P(right)), ("y1", at), ("y2", at));
            svg.Element("text", NumberText.Unit(tick), ("class", "tick end"), ("x", P(left - 8)), ("y", P(y.At(tick) + 4)));
        }

        var middle = (y.Start + y.End) / 2;
        svg.Element("text", title, ("class", "axis-title middle"), ("transform", $"translate(12 {P(middle)}) rotate(-90)"));
    }

    /// <summary>A horizontal axis of whole numbers (layers) below the drawing.</summary>
    public static void Whole(Markup svg, Scale x, int first, int last, double bottom, string title)
    {
        foreach (var tick in Ticks.Whole(first, last, 13))
        {
            var at = P(x.At(tick));
            svg.Void("line", ("class", "axis"), ("x1", at), ("x2", at), ("y1", P(bottom)), ("y2", P(bottom + 4)));
            svg.Element("text", tick.ToString(CultureInfo.InvariantCulture), ("class", "tick middle"), ("x", at), ("y", P(bottom + 18)));
        }

        svg.Element("text", title, ("class", "axis-title middle"), ("x", P((x.Start + x.End) / 2)), ("y", P(bottom + 37)));
    }

    /// <summary>A horizontal axis of shares: vertical grid lines with their values below.</summary>
    public static void Shares(Markup svg, Scale x, double top, double bottom, string title)
    {
        foreach (var tick in Ticks.Unit(x.From, x.To))
        {
            var at = P(x.At(tick));
            svg.Void("line", ("class", tick == 0 ? "axis" : "grid"), ("x1", at), ("x2", at), ("y1", P(top)), ("y2", P(bottom)));
            svg.Element("text", NumberText.Unit(tick), ("class", "tick middle"), ("x", at), ("y", P(bottom + 18)));
        }

        svg.Element("text", title, ("class", "axis-title middle"), ("x", P((x.Start + x.End) / 2)), ("y", P(bottom + 37)));
    }
}
