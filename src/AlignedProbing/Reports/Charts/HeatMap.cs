using System.Globalization;
using AlignedProbing.Reports.Html;

namespace AlignedProbing.Reports.Charts;

/// <summary>One cell of a heat map.</summary>
/// <param name="Value">Its value; null where it is missing, which is hatched and never the colour of 0.</param>
/// <param name="Note">What stands in its tooltip.</param>
/// <param name="IsPeak">Whether its row peaks here.</param>
internal sealed record HeatCell(double? Value, string Note, bool IsPeak);

/// <summary>One row of a heat map.</summary>
/// <param name="Name">Its name, at the left.</param>
/// <param name="Cells">Its cells, by layer.</param>
internal sealed record HeatRow(string Name, IReadOnlyList<HeatCell> Cells);

/// <summary>Layers by attributes, coloured in ten steps of .1; one step more for values below 0.</summary>
internal static class HeatMap
{
    private const double Left = 118;
    private const double RowHeight = 22;
    private const double Top = 4;
    private const double Width = 560;

    /// <summary>Draws it.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="title">What it shows.</param>
    /// <param name="description">How to read it, for those who do not see it.</param>
    /// <param name="layers">The columns.</param>
    /// <param name="rows">The rows.</param>
    public static void Draw(Markup page, string title, string description, IReadOnlyList<int> layers, IReadOnlyList<HeatRow> rows)
    {
        var (titleId, descriptionId, patternId) = (page.NewId("t"), page.NewId("d"), page.NewId("p"));
        var bottom = Top + (rows.Count * RowHeight);
        var column = (Width - Left - 4) / layers.Count;
        page.Open(
            "svg",
            ("class", "chart heat"),
            ("viewBox", $"0 0 {P(Width)} {P(bottom + 42)}"),
            ("role", "img"),
            ("aria-labelledby", $"{titleId} {descriptionId}"));
        page.Element("title", title, ("id", titleId)).Element("desc", description, ("id", descriptionId));
        Hatching(page, patternId);

        for (var i = 0; i < rows.Count; i++)
        {
            var y = Top + (i * RowHeight);
            page.Element("text", rows[i].Name, ("class", "tick end"), ("x", P(Left - 8)), ("y", P(y + (RowHeight / 2) + 4)));
            for (var j = 0; j < layers.Count; j++)
            {
                Cell(page, rows[i].Cells[j], Left + (j * column), y, column, patternId);
            }
        }

        var every = Math.Max(1, (int)Math.Ceiling(layers.Count / 13.0));
        every = every is 3 or 4 ? 5 : every;
        for (var j = 0; j < layers.Count; j += every)
        {
            page.Element(
                "text",
                layers[j].ToString(CultureInfo.InvariantCulture),
                ("class", "tick middle"),
                ("x", P(Left + ((j + .5) * column))),
                ("y", P(bottom + 16)));
        }

        page.Element("text", "Layer", ("class", "axis-title middle"), ("x", P((Left + Width) / 2)), ("y", P(bottom + 35)));
        page.Close();
    }

    /// <summary>The colour steps with their values.</summary>
    public static void Legend(Markup page)
    {
        const double Cell = 34;
        var (titleId, patternId) = (page.NewId("t"), page.NewId("p"));
        page.Open("svg", ("class", "chart heat legend"), ("viewBox", "0 0 560 40"), ("role", "img"), ("aria-labelledby", titleId));
        page.Element(
            "title",
            "Colours of the heat maps: Pearson r in eleven steps, below 0, then from 0 to 1 by .1, and hatching for missing",
            ("id", titleId));
        Hatching(page, patternId);
        for (var step = -1; step < 10; step++)
        {
            // Values below 0 stand apart from the scale.
            var x = step < 0 ? 2 : 48 + (step * Cell);
            page.Void("rect", ("class", Step(step)), ("x", P(x)), ("y", "4"), ("width", P(Cell - 1)), ("height", "14"));
            if (step >= 0)
            {
                page.Element("text", NumberText.Unit(step / 10.0), ("class", "tick middle"), ("x", P(x)), ("y", "32"));
            }
        }

        page.Element("text", "1.00", ("class", "tick middle"), ("x", P(48 + (10 * Cell))), ("y", "32"));
        page.Element("text", "< 0", ("class", "tick middle"), ("x", "18"), ("y", "32"));
        page.Void("rect", ("class", "missing"), ("fill", $"url(#{patternId})"), ("x", "436"), ("y", "4"), ("width", P(Cell - 1)), ("height", "14"));
        page.Element("text", "missing", ("class", "tick middle"), ("x", "452"), ("y", "32"));
        page.Void("rect", ("class", Step(8)), ("x", "500"), ("y", "4"), ("width", P(Cell - 1)), ("height", "14"));
        page.Void("circle", ("class", "peak-dot"), ("cx", "516.5"), ("cy", "11"), ("r", "2.6"));
        page.Element("text", "peak", ("class", "tick middle"), ("x", "516"), ("y", "32"));
        page.Close();
    }

    private static string P(double place) => Scale.Place(place);

    private static void Cell(Markup page, HeatCell cell, double x, double y, double width, string patternId)
    {
        // Half a unit of air keeps neighbours apart; wide maps of deep models do without.
        var gap = width > 6 ? .8 : 0;
        var (cssClass, fill) = cell.Value is { } value
            ? (Step(value < 0 ? -1 : Math.Min(9, (int)Math.Floor((value * 10) + 1e-9))), (string?)null)
            : ("missing", $"url(#{patternId})");
        page.Open("rect", ("class", cssClass), ("fill", fill), ("x", P(x)), ("y", P(y)), ("width", P(width - gap)), ("height", P(RowHeight - .8)));
        page.Element("title", cell.Note).Close();
        if (cell.IsPeak)
        {
            page.Void("circle", ("class", "peak-dot"), ("cx", P(x + ((width - gap) / 2))), ("cy", P(y + (RowHeight / 2))), ("r", P(Math.Min(2.6, width / 3))));
        }
    }

    private static string Step(int step) => step < 0 ? "h-below" : "h" + step.ToString(CultureInfo.InvariantCulture);

    private static void Hatching(Markup page, string id)
    {
        page.Open("pattern", ("id", id), ("width", "5"), ("height", "5"), ("patternUnits", "userSpaceOnUse"), ("patternTransform", "rotate(45)"));
        page.Void("rect", ("class", "hatch-ground"), ("width", "5"), ("height", "5"));
        page.Void("line", ("class", "hatch"), ("x1", "0"), ("x2", "0"), ("y1", "0"), ("y2", "5"));
        page.Close();
    }
}
