using AlignedProbing.Reports.Html;

namespace AlignedProbing.Reports.Charts;

/// <summary>Markers that tell curves apart without colour: a disc, a square, a triangle, a diamond, then these again.</summary>
internal static class Marker
{
    private static string P(double place) => Scale.Place(place);

    /// <summary>Draws a marker.</summary>
    public static void Draw(Markup svg, int style, double x, double y, double size, string cssClass, string? title = null)
    {
        if (style % 4 == 0)
        {
            svg.Open("circle", ("class", cssClass), ("cx", P(x)), ("cy", P(y)), ("r", P(size)));
        }
        else
        {
            svg.Open("path", ("class", cssClass), ("d", Outline(style % 4, x, y, size)));
        }

        if (title is not null)
        {
            svg.Element("title", title);
        }

        svg.Close();
    }

    private static string Outline(int shape, double x, double y, double size) => shape switch
    {
        1 => $"M{P(x - (size * .9))} {P(y - (size * .9))}h{P(size * 1.8)}v{P(size * 1.8)}h{P(-size * 1.8)}z",
        2 => $"M{P(x)} {P(y - (size * 1.25))}L{P(x + (size * 1.15))} {P(y + (size * .85))}H{P(x - (size * 1.15))}z",
        _ => $"M{P(x)} {P(y - (size * 1.3))}L{P(x + (size * 1.3))} {P(y)}L{P(x)} {P(y + (size * 1.3))}L{P(x - (size * 1.3))} {P(y)}z",
    };
}
