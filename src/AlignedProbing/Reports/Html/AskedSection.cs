using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>What was asked, in full.</summary>
internal static class AskedSection
{
    public static void Write(Markup page, Findings findings)
    {
        Section.Open(page, "asked", "What was asked, and of what");
        page.Open("dl", ("class", "facts"));
        foreach (var (name, value) in RunFacts.Of(findings))
        {
            page.Open("div").Element("dt", name).Element("dd", value).Close();
        }

        page.Close();
        var files = findings
            .Manifest.Model.Sha256.Select(pair => (pair.Key, pair.Value))
            .Prepend((findings.Manifest.Prompts.Name, findings.Manifest.Prompts.Sha256));
        page.Open("details", ("class", "data")).Element("summary", "Files and their SHA-256");
        page.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", "Files and their SHA-256"))
            .Open("table", ("class", "numbers left"));
        page.Open("thead").Open("tr").Element("th", "File", ("scope", "col")).Element("th", "SHA-256", ("scope", "col")).Close().Close().Open("tbody");
        foreach (var (name, hash) in files)
        {
            page.Open("tr").Element("th", name, ("scope", "row")).Open("td", ("class", "words")).Element("code", hash).Close().Close();
        }

        page.Close().Close().Close().Close().Close();
    }
}
