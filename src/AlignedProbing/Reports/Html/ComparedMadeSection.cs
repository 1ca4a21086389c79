using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>How the runs were made: what differs, and after a click what does not.</summary>
internal static class ComparedMadeSection
{
    private const int HashLength = 64;
    private const int HashShown = 12;

    public static void Write(Markup page, ComparisonFindings findings)
    {
        Section.Open(
            page,
            "how-made",
            "How the runs were made",
            "What differs in their manifests, and in what is noted beside their scores, probes and chunks.");
        ComparedFact[] differ = [.. findings.Facts.Where(fact => fact.Differs)];
        if (differ.Length == 0)
        {
            page.Element("p", "Nothing that is noted differs.");
        }
        else
        {
            page.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", "What differs"));
            Table(page, findings, differ);
            page.Close();
        }

        ComparedFact[] same = [.. findings.Facts.Where(fact => !fact.Differs)];
        Section.OpenTableDetails(page, $"The same in all: {NumberText.Count(same.Length)} facts");
        page.Open("table", ("class", "numbers left"));
        page.Open("tbody");
        foreach (var fact in same)
        {
            page.Open("tr").Element("th", fact.Name, ("scope", "row")).Element("td", Shown(fact.Values[0]), ("class", "words")).Close();
        }

        page.Close().Close().Close().Close().Close();
    }

    private static void Table(Markup page, ComparisonFindings findings, ComparedFact[] facts)
    {
        page.Open("table", ("class", "numbers left made"));
        page.Open("thead").Open("tr").Element("th", "", ("scope", "col"));
        foreach (var (place, run) in findings.Runs.Index())
        {
            page.Element("th", place == 0 ? $"{run.Name} (baseline)" : run.Name, ("scope", "col"));
        }

        page.Close().Close().Open("tbody");
        foreach (var fact in facts)
        {
            page.Open("tr").Element("th", fact.Name, ("scope", "row"));
            foreach (var value in fact.Values)
            {
                page.Element("td", Shown(value), ("class", value is null ? "words none" : "words"), ("title", value?.Length == HashLength ? value : null));
            }

            page.Close();
        }

        page.Close().Close();
    }

    private static string Shown(string? value) =>
        value is null ? NumberText.None
        : value.Length == HashLength && value.All(char.IsAsciiHexDigit) ? value[..HashShown] + "…"
        : value;
}
