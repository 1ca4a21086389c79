using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>
/// <c>comparison.html</c>: runs side by side on one page, in the style of a run's report. Apart from the block <c>made</c> it is the same, bit for bit, for the
/// same findings.
/// </summary>
internal static class ComparisonPage
{
    private static readonly (string Term, string Meaning)[] Terms =
    [
        ("Baseline", "The run that the others are held against. Every difference is run less baseline: above 0 the run has more."),
        (
            "Paired by prompt",
            "Both figures of a difference are over the same prompts, those that all runs have and can use, joined by id. What two runs share on a prompt " +
            "falls out, so that a difference can be told even where the intervals of the two figures overlap."),
        (
            "Interval",
            "95 %, in brackets: how much a difference would move with other prompts. The probes stay as trained, the continuations as sampled. Not " +
            "corrected for the number of comparisons."),
        (
            "Corrected p",
            "Holm's method, over all attributes and runs of one figure of behaviour; over all layers and runs of one curve; over all peaks of a probe. " +
            "Families are not corrected for each other: with many of them a false finding here or there is to be expected. With many prompts a difference " +
            "can stand and still be too small to matter: look at its size."),
        ("Band of a difference", "95 % for all layers of a curve at once (max-t over the resamples): where it leaves 0, the runs differ."),
        (
            "EMT, TP, TC",
            "Mean over prompts of the highest score among k continuations; share of prompts with one of at least .5; correlation of the prompt's score with " +
            "the continuations' mean. Where runs have unlike k, all are taken at the smallest."),
        (
            "Information strength",
            "Pearson r, on prompts the probe was not trained on, between a score and what a probe predicts from a layer's hidden states; mean over folds " +
            "and seeds. Input: the prompt's states, the prompt's score. Forward: the continuation's states, the prompt's score. Output: the continuation's " +
            "states, its score. Backward: the prompt's states, the highest score of the continuations to come."),
        ("Peak", "The highest strength of a curve, wherever it lies, chosen anew in every resample: choosing is part of its interval."),
    ];

    /// <summary>Writes the page.</summary>
    public static void Write(ComparisonFindings findings, Stream destination, TimeProvider time)
    {
        var (page, view) = (new Markup(), new ComparisonView(findings));
        PageFrame.Open(page, $"Aligned probing: {Title(findings)}", "summary");
        Opening(page, view);
        page.Open("main");
        Summary(page, view);
        ComparedMadeSection.Write(page, findings);
        ComparedBehaviorSection.Write(page, view);
        ComparedCurvesSection.Write(page, view);
        ComparedPeaksSection.Write(page, view);
        RelationSection.Write(page, view);
        LeftOut(page, findings);
        Reading(page, findings);
        page.Close();
        page.Open("footer", ("id", "made"))
            .Element(
                "p",
                $"Written {HtmlReport.Stamp(time.GetUtcNow())} by version {findings.Analysis.Version}; {NumberText.Count(findings.Analysis.Resamples)} " +
                $"resamples, seed {NumberText.Count(findings.Analysis.Seed)}.")
            .Close();
        PageFrame.Close(page);
        destination.Write(AtomicWrite.Utf8.GetBytes(page.ToString()));
    }

    /// <summary>What is compared, as a title.</summary>
    public static string Title(ComparisonFindings findings) =>
        findings.Runs.Count == 2
            ? $"{findings.Runs[1].Name} against {findings.Runs[0].Name}"
            : $"{NumberText.Count(findings.Runs.Count - 1)} runs against {findings.Runs[0].Name}";

    private static void Opening(Markup page, ComparisonView view)
    {
        var findings = view.Findings;
        page.Open("header", ("class", "top"));
        page.Element("p", "Aligned probing · comparison of runs", ("class", "kicker"));
        page.Element("h1", Title(findings));
        page.Element("p", "How the runs differ in what the model does and in what its layers encode, prompt by prompt.", ("class", "lede"));
        string[] facts =
        [
            $"{NumberText.Count(findings.CommonPrompts)} prompts that all runs have",
            .. view.Scorers.Select(scorer =>
                scorer == "given" ? "scores given by the prompt set" : $"scored by {scorer}{(findings.AcrossScorers ? " (unlike scorers)" : "")}"),
            .. view.Probes.Select(pair => pair.Probe).Distinct().Select(probe => $"{Wording.Name(probe)} probe"),
        ];
        page.Element("p", string.Join(" · ", facts), ("class", "byline"));
        page.Open("nav", ("aria-label", "Sections"));
        foreach (
            var (id, name, isThere) in new[]
            {
                ("summary", "Summary", true),
                ("made", "How they were made", true),
                ("behaviour", "Behaviour", view.Scorers.Count > 0),
                ("curves", "Layers", view.Probes.Count > 0),
                ("peaks", "Peaks", view.Probes.Count > 0),
                ("relation", "Behaviour beside strength", findings.Relations.Count > 0),
                ("left-out", "Not compared", findings.LeftOut.Count > 0),
                ("reading", "How to read this", true),
            })
        {
            if (isThere)
            {
                page.Element("a", name, ("href", "#" + (id == "made" ? "how-made" : id))).Text(" ");
            }
        }

        page.Close().Close();
        if (findings.Warnings.Count == 0)
        {
            return;
        }

        page.Open("section", ("class", "warnings"), ("aria-labelledby", "warnings-title"));
        page.Element("h2", "Before you believe a difference", ("id", "warnings-title"));
        page.Open("ul");
        foreach (var warning in findings.Warnings)
        {
            page.Element("li", warning);
        }

        page.Close().Close();
    }

    private static void Summary(Markup page, ComparisonView view)
    {
        Section.Open(page, "summary", "What was found");
        page.Open("dl", ("class", "points"));
        foreach (var point in ComparisonSentences.Of(view))
        {
            page.Open("div").Element("dt", point.Heading).Element("dd", SummarySection.Unbroken(point.Text)).Close();
        }

        page.Close();
        page.Element(
            "p",
            "Differences are run less baseline, with 95 % intervals over prompts in brackets. That none is found does not mean that there is none.",
            ("class", "note"));
        page.Close();
    }

    private static void LeftOut(Markup page, ComparisonFindings findings)
    {
        if (findings.LeftOut.Count == 0)
        {
            return;
        }

        Section.Open(page, "left-out", "What was not compared", "Only what is alike is compared.");
        page.Open("dl", ("class", "facts"));
        foreach (var part in findings.LeftOut)
        {
            page.Open("div").Element("dt", part.What).Element("dd", part.Why).Close();
        }

        page.Close().Close();
    }

    private static void Reading(Markup page, ComparisonFindings findings)
    {
        Section.Open(page, "reading", "How to read this");
        page.Open("dl", ("class", "facts terms"));
        foreach (var (term, meaning) in Terms)
        {
            page.Open("div").Element("dt", term).Element("dd", meaning).Close();
        }

        foreach (var (name, meaning) in findings.Estimators)
        {
            page.Open("div").Open("dt").Element("code", name).Close().Element("dd", meaning).Close();
        }

        page.Close();
        page.Open("p", ("class", "note"))
            .Text("All differences of this page lie beside it in ")
            .Element("code", "comparison.csv")
            .Text(", one line each.")
            .Close();
        page.Close();
    }
}
