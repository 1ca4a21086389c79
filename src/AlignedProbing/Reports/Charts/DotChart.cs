using System.Globalization;
using AlignedProbing.Reports.Html;

namespace AlignedProbing.Reports.Charts;

/// <summary>A mark with its interval.</summary>
/// <param name="Style">Its style, from 0: colour and marker.</param>
/// <param name="Value">The figure; null draws nothing.</param>
/// <param name="Low">Lower end of its interval.</param>
/// <param name="High">Upper end of its interval.</param>
/// <param name="Note">What stands in its tooltip.</param>
internal sealed record DotMark(int Style, double? Value, double? Low, double? High, string Note);

/// <summary>A row of marks.</summary>
internal sealed record DotRow(string Name, IReadOnlyList<DotMark> Marks);

/// <summary>Figures, or differences of them, with their intervals, a row a name: what tables say, seen at a glance.</summary>
internal static class DotChart
{
    private const double UsualLeft = 128;
    private const double Width = 560;
    private const double Top = 6;

    /// <summary>Draws it.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="title">What it shows, for those who do not see it.</param>
    /// <param name="description">What there is to see.</param>
    /// <param name="axisTitle">What the x axis shows.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="range">Range of the x axis; null for 0 to as far as the marks go.</param>
    /// <param name="styles">The family of styles: <c>m</c>, or <c>s</c> for those of curves.</param>
    /// <param name="left">Where the drawing begins: what names have for themselves, of a width of 560.</param>
    public static void Draw(
        Markup page,
        string title,
        string description,
        string axisTitle,
        IReadOnlyList<DotRow> rows,
        (double Low, double High)? range = null,
        string styles = "m",
        double left = UsualLeft)
    {
        var marks = rows.Count == 0 ? 1 : rows.Max(row => row.Marks.Count);
        var rowHeight = 12 + (marks * 10);
        var bottom = Top + (rows.Count * rowHeight);
        var (_, high) = Ticks.UnitRange(rows.SelectMany(row => row.Marks).Select(mark => mark.High ?? mark.Value ?? 0), 0.4);
        var x = new Scale(range?.Low ?? 0, range?.High ?? high, left, Width - 14);
        var (titleId, descriptionId) = (page.NewId("t"), page.NewId("d"));
        page.Open(
            "svg",
            ("class", "chart dots"),
            ("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {Width} {bottom + 44}")),
            ("role", "img"),
            ("aria-labelledby", $"{titleId} {descriptionId}"));
        page.Element("title", title, ("id", titleId)).Element("desc", description, ("id", descriptionId));
        Axis.Shares(page, x, Top, bottom, axisTitle);
        for (var i = 0; i < rows.Count; i++)
        {
            var middle = Top + ((i + .5) * rowHeight);
            page.Element("text", rows[i].Name, ("class", "tick end"), ("x", P(left - 10)), ("y", P(middle + 4)));
            if (i > 0)
            {
                page.Void("line", ("class", "rule"), ("x1", "0"), ("x2", P(Width - 14)), ("y1", P(Top + (i * rowHeight))), ("y2", P(Top + (i * rowHeight))));
            }

            for (var j = 0; j < rows[i].Marks.Count; j++)
            {
                Mark(page, styles, rows[i].Marks[j], x, middle + ((j - ((rows[i].Marks.Count - 1) / 2.0)) * 10));
            }
        }

        page.Close();
    }

    private static string P(double place) => Scale.Place(place);

    private static void Mark(Markup page, string styles, DotMark mark, Scale x, double y)
    {
        if (mark.Value is not { } value)
        {
            return;
        }

        page.Open("g", ("class", string.Create(CultureInfo.InvariantCulture, $"mark {styles}{mark.Style}")));
        if (mark.Low is { } low && mark.High is { } high)
        {
            page.Void("line", ("class", "whisker"), ("x1", P(x.Clamped(low))), ("x2", P(x.Clamped(high))), ("y1", P(y)), ("y2", P(y)));
        }

        Marker.Draw(page, mark.Style, x.Clamped(value), y, 3.6, "dot", mark.Note);
        page.Close();
    }
}
