using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>What was found, in plain words.</summary>
internal static class SummarySection
{
    public static void Write(Markup page, Findings findings)
    {
        Section.Open(page, "summary", "What was found");
        page.Open("dl", ("class", "points"));
        foreach (var point in SummarySentences.Of(findings))
        {
            page.Open("div").Element("dt", point.Heading).Element("dd", point.Text).Close();
        }

        page.Close();
        page.Element("p", "Brackets hold 95 % intervals. How they are made stands under “How to read this”.", ("class", "note"));
        page.Close();
    }
}
