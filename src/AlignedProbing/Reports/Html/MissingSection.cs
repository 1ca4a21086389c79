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

        MissingCount[] lost = [.. findings.Missing.Where(row => !row.IsUndefined)];
        MissingCount[] undefined = [.. findings.Missing.Where(row => row.IsUndefined)];
        if (lost.Length == 0)
        {
            page.Element("p", "Nothing is missing.");
        }
        else
        {
            Table(page, "What is missing", "Missing", lost);
        }

        if (undefined.Length > 0)
        {
            page.Element("h3", "Not defined on these data");
            page.Element("p", "Nothing is lost here: labels that do not vary, or too few rows, have no such figure.", ("class", "note"));
            Table(page, "Not defined on these data", "Not defined", undefined);
        }

        page.Close();
    }

    private static void Table(Markup page, string label, string count, MissingCount[] rows)
    {
        page.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", label));
        page.Open("table", ("class", "numbers left"));
        page.Open("thead")
            .Open("tr")
            .Element("th", "What", ("scope", "col"))
            .Element("th", "Why", ("scope", "col"))
            .Element("th", count, ("scope", "col"))
            .Element("th", "Of", ("scope", "col"))
            .Close()
            .Close()
            .Open("tbody");
        foreach (var row in rows)
        {
            page.Open("tr").Element("th", Wording.Name(row.Where), ("scope", "row")).Element("td", Wording.Reason(row.Reason), ("class", "words"));
            page.Element("td", NumberText.Count(row.Count)).Element("td", NumberText.Count(row.Of)).Close();
        }

        page.Close().Close().Close();
    }
}
