using AlignedProbing.Files;
using AlignedProbing.Reports.Html;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Studies;

/// <summary><c>interplay.html</c>: the part of a study's page that is about correlations over models, from tables of one's own.</summary>
internal static class InterplayPage
{
    private static readonly (string Term, string Meaning)[] Terms =
    [
        ("Interplay", "Correlation over models of strength with behaviour. Band: 95 % over families where there are three or more, else over models. None " +
            "below four models."),
        ("Relative depth", "0 is the embedding, 1 the last layer; strength is interpolated linearly between layers."),
    ];

    /// <summary>Writes the page.</summary>
    public static void Write(InterplayFindings findings, Stream destination, TimeProvider time)
    {
        var page = new Markup();
        PageFrame.Open(page, "Aligned probing: interplay", "interplay");
        page.Open("header", ("class", "top"));
        page.Element("p", "Aligned probing · interplay", ("class", "kicker")).Element("h1", "Strength and behaviour over models");
        page.Element(
            "p",
            $"{NumberText.Count(findings.Runs)} models of {NumberText.Count(findings.Families)} {(findings.Families == 1 ? "family" : "families")}",
            ("class", "byline"));
        if (findings.Warnings.Count > 0)
        {
            page.Open("section", ("class", "warnings"), ("aria-labelledby", "warnings-title"));
            page.Element("h2", "What cannot be concluded", ("id", "warnings-title")).Open("ul");
            foreach (var warning in findings.Warnings)
            {
                page.Element("li", warning);
            }

            page.Close().Close();
        }

        page.Close().Open("main");
        string[] families = [.. findings.Points.Select(point => point.Family).Distinct(StringComparer.Ordinal)];
        InterplaySection.Write(page, findings, run => Array.IndexOf(families, findings.Points.First(point => point.Run == run).Family));
        StudyPage.Reading(page, Terms, "interplay.csv");
        page.Close();
        page.Open("footer", ("id", "made"))
            .Element(
                "p",
                $"Written {HtmlReport.Stamp(time.GetUtcNow())}; {NumberText.Count(findings.Resamples)} resamples, " +
                $"{NumberText.Count(findings.Permutations)} permutations, " +
                $"seed {NumberText.Count(findings.Seed)}.")
            .Close();
        PageFrame.Close(page);
        destination.Write(AtomicWrite.Utf8.GetBytes(page.ToString()));
    }
}
