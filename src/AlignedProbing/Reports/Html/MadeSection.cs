using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>
/// When and where this was made: the only part of the report that differs between two reports of the same findings. It is the element with the id <c>made</c>.
/// </summary>
internal static class MadeSection
{
    public static void Write(Markup page, RunFolder run, DateTimeOffset written)
    {
        page.Open("footer", ("id", "made"));
        page.Element("p", $"Written {HtmlReport.Stamp(written)}.");
        var facts = UnitFacts.Read(run);
        if (facts.Count > 0)
        {
            page.Open("details", ("class", "data")).Element("summary", "Machines, times and batch sizes");
            page.Open("dl", ("class", "facts"));
            foreach (var (name, value) in facts)
            {
                page.Open("div").Element("dt", name).Element("dd", value).Close();
            }

            page.Close().Close();
        }

        page.Close();
    }
}
