using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>Everything that is missing, counted, with its reason.</summary>
internal static class MissingSection
{
    public static void Write(Markup page, Findings findings)
    {
        Section.Open(
            page,
            "missing",
            "What is missing",
            "A score, vector or figure that could not be had is left out and counted here. Nothing missing is ever counted as zero.");
        if (findings.Missing.Count == 0)
        {
            page.Element("p", "Nothing is missing.").Close();
            return;
        }

        page.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", "What is missing"));
        page.Open("table", ("class", "numbers left"));
        page.Open("thead")
            .Open("tr")
            .Element("th", "What", ("scope", "col"))
            .Element("th", "Why", ("scope", "col"))
            .Element("th", "Missing", ("scope", "col"))
            .Element("th", "Of", ("scope", "col"))
            .Close()
            .Close()
            .Open("tbody");
        foreach (var row in findings.Missing)
        {
            page.Open("tr").Element("th", Wording.Name(row.Where), ("scope", "row")).Element("td", Wording.Reason(row.Reason), ("class", "words"));
            page.Element("td", NumberText.Count(row.Count)).Element("td", NumberText.Count(row.Of)).Close();
        }

        page.Close().Close().Close().Close();
    }
}
