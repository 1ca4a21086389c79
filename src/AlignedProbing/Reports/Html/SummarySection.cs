using System.Text.RegularExpressions;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>What was found, in plain words.</summary>
internal static partial class SummarySection
{
    public static void Write(Markup page, Findings findings)
    {
        Section.Open(page, "summary", "What was found");
        page.Open("dl", ("class", "points"));
        foreach (var point in SummarySentences.Of(findings))
        {
            page.Open("div").Element("dt", point.Heading).Element("dd", Unbroken(point.Text)).Close();
        }

        page.Close();
        var why = Headline.Of(findings).WhyProbe(findings) is { } sentence ? sentence + " " : "";
        page.Element("p", $"{why}Brackets hold 95 % intervals; “How to read this” says how they are made.", ("class", "note"));
        page.Close();
    }

    // No line may end within an interval, between "r =" and its figure, or within a range of layers.
    internal static string Unbroken(string text) =>
        Figures().Replace(text, figure => figure.Value.Replace(' ', '\u00A0').Replace("–", "\u2060–\u2060", StringComparison.Ordinal));

    [GeneratedRegex(@"r = |\[[^\]]*\]|\d–\d")]
    private static partial Regex Figures();
}
