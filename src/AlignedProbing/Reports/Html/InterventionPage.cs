using AlignedProbing.Reports.Interventions;
using AlignedProbing.Runs.Interventions;

namespace AlignedProbing.Reports.Html;

/// <summary><c>intervention.html</c>: a run's interventions on one page, in the style of its report. The same findings give the same bytes.</summary>
internal static class InterventionPage
{
    private static readonly (string Term, string Meaning)[] Terms =
    [
        ("Change", "Edited run less unedited run, on the same prompts with the same random numbers. Above 0 the edited model scores higher."),
        (
            "Interval",
            "95 %, in brackets: how much a change would move with other prompts. Of a difference from controls it also allows for other controls: where it " +
            "holds 0, the edit may be one of them."),
        ("Corrected p", "Sign flips of prompts, corrected by Holm's method over the edits and attributes of a sweep, for each figure and subset."),
        (
            "Damage",
            "KL of the next token's distribution from the unedited model's, over the unedited run's own continuations. Broken text changes scores too: an " +
            "effect says something only beside controls of equal damage."),
        (
            "Controls",
            "Random directions at the same layers, or other layers; with the same strength, and with the strength at which they do as much damage as the edit, "
                + "within 5 %."),
        (
            "EMT, TP, TC",
            "Mean over prompts of the highest score among the continuations; share of prompts with one of at least .5; correlation with the prompt's score."),
        (
            "Left inside",
            "How well the prompt's score can be read from the prompt's states (Input): by the unedited run's probes on the edited states, and by probes " +
            "trained anew on them."),
    ];

    /// <summary>Writes the page.</summary>
    public static string Of(InterventionFindings findings)
    {
        var page = new Markup();
        PageFrame.Open(page, $"Aligned probing: interventions on {findings.Model}", "sweep0");
        page.Open("header", ("class", "top"));
        page.Element("p", "Aligned probing · interventions", ("class", "kicker"));
        page.Element("h1", $"Does {findings.Model} act on what it knows?");
        page.Element("p", "What changes when the model is changed inside, beside what the change costs its text.", ("class", "lede"));
        page.Element("p", $"{NumberText.Count(findings.Prompts)} prompts · {NumberText.Count(findings.Sweeps.Count)} sweeps", ("class", "byline"));
        page.Open("nav", ("aria-label", "Sections"));
        foreach (var (number, sweep) in findings.Sweeps.Index())
        {
            page.Element("a", sweep.Sweep.Name, ("href", $"#sweep{NumberText.Count(number)}")).Text(" ");
        }

        page.Element("a", "How to read this", ("href", "#reading")).Close().Close();
        page.Open("main");
        foreach (var (number, sweep) in findings.Sweeps.Index())
        {
            Sweep(page, sweep, $"sweep{NumberText.Count(number)}");
        }

        Reading(page, findings);
        page.Close();
        PageFrame.Close(page);
        return page.ToString();
    }

    private static void Sweep(Markup page, SweepFinding finding, string id)
    {
        Section.Open(page, id, finding.Sweep.Name);
        var sentences = InterventionSentences.Of(finding);
        page.Element("p", SummarySection.Unbroken(sentences[0]), ("class", "lede"));
        page.Open("ul");
        foreach (var sentence in sentences.Skip(1))
        {
            page.Element("li", SummarySection.Unbroken(sentence));
        }

        page.Close();
        InterventionMaps.Write(page, finding);
        InterventionDamage.Write(page, finding);
        InterventionInside.Write(page, finding);
        page.Close();
    }

    private static void Reading(Markup page, InterventionFindings findings)
    {
        Section.Open(page, "reading", "How to read this");
        page.Open("dl", ("class", "facts terms"));
        foreach (var (term, meaning) in Terms)
        {
            page.Open("div").Element("dt", term).Element("dd", meaning).Close();
        }

        page.Close();
        page.Open("p", ("class", "note"))
            .Text($"{NumberText.Count(findings.Resamples)} resamples, {NumberText.Count(findings.Flips)} sign flips, seed {NumberText.Count(findings.Seed)}. ")
            .Text("Every figure lies beside this page in ")
            .Element("code", "intervention.csv")
            .Text(".")
            .Close();
        page.Close();
    }
}
