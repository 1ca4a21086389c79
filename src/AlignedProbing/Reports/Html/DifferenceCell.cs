using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>
/// A difference as a table cell: both figures, the difference with its interval, and p where it was corrected. One that stands after correction is printed
/// bold.
/// </summary>
internal static class DifferenceCell
{
    public static void Write(Markup page, RunDifference? row)
    {
        if (row?.Difference is null)
        {
            if (row is null)
            {
                page.Element("td", NumberText.None, ("class", "none"));
            }
            else
            {
                CellText.Missing(page, Wording.Reason(row.Reason));
            }

            return;
        }

        var write = ComparisonView.FigureWriter(row);
        page.Open("td").Text($"{write(row.BaselineValue)} → {write(row.RunValue)}").Open("span", ("class", "within"));
        page.Element(ComparisonView.IsFound(row) ? "strong" : "span", ComparisonView.Text(row));
        if (row.AdjustedP is not null)
        {
            page.Text($" p {ComparisonView.P(row.AdjustedP)}");
        }

        page.Close().Close();
    }
}
