using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>How one cell of internals is written.</summary>
internal static class CellText
{
    /// <summary>In a sentence: "r .81 [.78, .84], n = 1,996, 20 runs", or "missing (…)".</summary>
    public static string Full(InternalsFinding? cell) => cell?.R is null
        ? $"missing ({InternalsView.WhyMissing(cell)})"
        : $"r {NumberText.WithInterval(cell.R, cell.Low, cell.High, NumberText.Unit)}, n = {NumberText.Count(cell.N)}, {NumberText.Count(cell.Runs)} runs";

    /// <summary>As a table cell.</summary>
    public static void Write(Markup page, InternalsFinding? cell)
    {
        if (cell?.R is null)
        {
            page.Open("td", ("class", "none"), ("title", InternalsView.WhyMissing(cell))).Text("missing").Close();
        }
        else
        {
            page.Open("td").Text(NumberText.Unit(cell.R) + " ").Element("span", NumberText.Interval(cell.Low, cell.High, NumberText.Unit), ("class", "interval")).Close();
        }
    }
}
