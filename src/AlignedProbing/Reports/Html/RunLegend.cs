using AlignedProbing.Reports.Charts;

namespace AlignedProbing.Reports.Html;

/// <summary>Which run has which mark: a run looks the same in every chart of a page.</summary>
internal static class RunLegend
{
    /// <summary>Marks in a line of a caption.</summary>
    public static void Marks(Markup page, IReadOnlyList<string> runs, int skip = 0)
    {
        page.Open("span", ("class", "mark-keys"));
        foreach (var (place, run) in runs.Index().Skip(skip))
        {
            page.Open("span", ("class", "mark-key"));
            page.Open("svg", ("class", "chart sample small"), ("viewBox", "0 0 14 14"), ("aria-hidden", "true"))
                .Open("g", ("class", "curve s" + NumberText.Count(place % 8)));
            Marker.Draw(page, place, 7, 7, 4, "dot");
            page.Close().Close();
            page.Text(run + " ").Close();
        }

        page.Close();
    }
}
