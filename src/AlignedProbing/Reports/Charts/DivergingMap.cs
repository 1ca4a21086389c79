using System.Globalization;
using AlignedProbing.Reports.Html;

namespace AlignedProbing.Reports.Charts;

/// <summary>One cell of a map of changes.</summary>
/// <param name="Value">The change; null where it is missing.</param>
/// <param name="HoldsZero">Whether its interval holds 0: such a cell is hatched.</param>
/// <param name="Note">What stands in its tooltip.</param>
internal sealed record ChangeCell(double? Value, bool HoldsZero, string Note);

/// <summary>One row of a map of changes.</summary>
internal sealed record ChangeRow(string Name, IReadOnlyList<ChangeCell> Cells);

/// <summary>Changes by edit and attribute, in four steps of colour on either side of 0. Hatched: the interval holds 0. Crossed: missing.</summary>
internal static class DivergingMap
{
    private const int Steps = 4;
    private const double Left = 118;
    private const double RowHeight = 22;
    private const double Top = 4;
    private const double Width = 560;

    /// <summary>The change at the far end of the scale: a multiple of .04, so that steps are multiples of .01.</summary>
    public static double Reach(IEnumerable<ChangeRow> rows)
    {
        var largest = rows.SelectMany(row => row.Cells).Select(cell => Math.Abs(cell.Value ?? 0)).Append(0.04).Max();
        return Math.Ceiling((largest * 25) - 1e-9) / 25;
    }

    /// <summary>Draws it.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="title">What it shows.</param>
    /// <param name="axis">What the columns are.</param>
    /// <param name="columns">Their names.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="reach">As <see cref="Reach"/> says.</param>
    public static void Draw(Markup page, string title, string axis, IReadOnlyList<string> columns, IReadOnlyList<ChangeRow> rows, double reach)
    {
        var (titleId, descriptionId, patternId) = (page.NewId("t"), page.NewId("d"), page.NewId("p"));
        var bottom = Top + (rows.Count * RowHeight);
        var column = Math.Min(70, (Width - Left - 4) / columns.Count);
        page.Open(
            "svg",
            ("class", "chart heat"),
            ("viewBox", $"0 0 {P(Width)} {P(bottom + 42)}"),
            ("role", "img"),
            ("aria-labelledby", $"{titleId} {descriptionId}"));
        page.Element("title", title, ("id", titleId)).Element("desc", "Heat map; the table below holds every figure.", ("id", descriptionId));
        Hatching(page, patternId);
        for (var i = 0; i < rows.Count; i++)
        {
            var y = Top + (i * RowHeight);
            page.Element("text", rows[i].Name, ("class", "tick end"), ("x", P(Left - 8)), ("y", P(y + (RowHeight / 2) + 4)));
            for (var j = 0; j < columns.Count; j++)
            {
                Cell(page, rows[i].Cells[j], Left + (j * column), y, column, reach, patternId);
            }
        }

        var every = Math.Max(1, (int)Math.Ceiling(columns.Count / 16.0));
        for (var j = 0; j < columns.Count; j += every)
        {
            page.Element("text", columns[j], ("class", "tick middle"), ("x", P(Left + ((j + .5) * column))), ("y", P(bottom + 16)));
        }

        page.Element("text", axis, ("class", "axis-title middle"), ("x", P(Left + (columns.Count * column / 2))), ("y", P(bottom + 35)));
        page.Close();
    }

    /// <summary>The colour steps with their values.</summary>
    public static void Legend(Markup page, double reach)
    {
        const double Cell = 40;
        var (titleId, patternId) = (page.NewId("t"), page.NewId("p"));
        page.Open("svg", ("class", "chart heat legend"), ("viewBox", "0 0 560 40"), ("role", "img"), ("aria-labelledby", titleId));
        page.Element("title", "Colours of the maps: changes below 0, around 0 and above 0; hatched where the interval holds 0", ("id", titleId));
        Hatching(page, patternId);
        for (var step = -Steps; step < Steps; step++)
        {
            var x = 4 + ((step + Steps) * Cell);
            page.Void("rect", ("class", Style((step + .5) / Steps)), ("x", P(x)), ("y", "4"), ("width", P(Cell - 1)), ("height", "14"));
            page.Element("text", NumberText.Unit(reach * step / Steps), ("class", "tick middle"), ("x", P(x)), ("y", "32"));
        }

        page.Element("text", NumberText.Unit(reach), ("class", "tick middle"), ("x", P(4 + (2 * Steps * Cell))), ("y", "32"));
        page.Void("rect", ("class", Style(.4)), ("x", "370"), ("y", "4"), ("width", "39"), ("height", "14"));
        page.Void("rect", ("fill", $"url(#{patternId})"), ("x", "370"), ("y", "4"), ("width", "39"), ("height", "14"));
        page.Element("text", "interval holds 0", ("class", "tick middle"), ("x", "390"), ("y", "32"));
        page.Void("rect", ("class", "hatch-ground"), ("x", "476"), ("y", "4"), ("width", "39"), ("height", "14"));
        page.Element("text", "×", ("class", "tick middle"), ("x", "495"), ("y", "16"));
        page.Element("text", "missing", ("class", "tick middle"), ("x", "495"), ("y", "32"));
        page.Close();
    }

    private static string P(double place) => Scale.Place(place);

    private static void Cell(Markup page, ChangeCell cell, double x, double y, double width, double reach, string patternId)
    {
        var gap = width > 6 ? .8 : 0;
        (string, string?)[] place = [("x", P(x)), ("y", P(y)), ("width", P(width - gap)), ("height", P(RowHeight - .8))];
        if (cell.Value is not { } value)
        {
            page.Open("rect", [("class", "hatch-ground"), .. place]).Element("title", cell.Note).Close();
            page.Element("text", "×", ("class", "tick middle"), ("x", P(x + (width / 2))), ("y", P(y + (RowHeight / 2) + 4)));
            return;
        }

        page.Open("rect", [("class", Style(value / reach)), .. place]).Element("title", cell.Note).Close();
        if (cell.HoldsZero)
        {
            page.Open("rect", [("fill", $"url(#{patternId})"), .. place]).Element("title", cell.Note).Close();
        }
    }

    // From -1 to 1 in steps of a quarter.
    private static string Style(double share)
    {
        var step = Math.Clamp((int)Math.Ceiling(Math.Abs(share) * Steps - 1e-9), 1, Steps);
        return (share < 0 ? "less" : "more") + step.ToString(CultureInfo.InvariantCulture);
    }

    private static void Hatching(Markup page, string id)
    {
        page.Open("pattern", ("id", id), ("width", "5"), ("height", "5"), ("patternUnits", "userSpaceOnUse"), ("patternTransform", "rotate(45)"));
        page.Void("line", ("class", "hatch thin"), ("x1", "0"), ("x2", "0"), ("y1", "0"), ("y2", "5"));
        page.Close();
    }
}
