using AlignedProbing.Files;
using AlignedProbing.Reports.Html;
using AlignedProbing.Runs.Studies;

namespace AlignedProbing.Reports.Studies;

/// <summary><c>study.html</c>: what the runs of a study say together, on one page in the style of a run's report. It loads nothing.</summary>
internal static class StudyPage
{
    private static readonly (string Term, string Meaning)[] Terms =
    [
        ("Run, model, family", "A run is one model under one set of options. Runs that differ in template, precision or seed are no further models, and " +
            "members of a family are alike: " +
            "intervals over families draw whole families."),
        ("Strength", "Pearson r, on prompts the probe was not trained on, between a score and what a probe predicts from a layer's states. Input: the " +
            "prompt's states, " +
            "the prompt's score. Forward: the continuation's states, the prompt's score. Output: the continuation's states, its score. Backward: the " +
            "prompt's states, " +
            "the highest score of the continuations."),
        ("Relative depth", "0 is the embedding, 1 the last layer; strength is interpolated linearly between layers, so that models of unlike depth share " +
            "an axis."),
        ("Band of a kind", "Mean over the runs of a kind, with a 95 % interval over runs; of fewer than four runs their range."),
        ("Interplay", "Correlation over runs of strength with behaviour of the same attribute. Band: 95 % over families where there are three or more, " +
            "else over runs. " +
            "None below four runs."),
        ("Contrast", "Run less baseline over the same prompts, joined by id, with a 95 % interval over prompts; p corrected by Holm's method within one " +
            "comparison."),
        ("Within a model", "Partial correlation over prompts of what the Input probe of a layer predicts and of the prompt's continuations' score, given " +
            "the prompt's own score and its " +
            "square. A scorer errs, so the probe can know a prompt better than its score: what layer 0 (the words alone) gives stands beside it."),
    ];

    /// <summary>Writes the page.</summary>
    public static void Write(StudyFindings findings, Stream destination, TimeProvider time)
    {
        var (page, view) = (new Markup(), new StudyView(findings));
        PageFrame.Open(page, $"Aligned probing: {findings.Name}", "summary");
        Opening(page, view);
        page.Open("main");
        Summary(page, view);
        StudyRunsSection.Write(page, view);
        StudyDepthSection.Write(page, view);
        if (findings.Interplay is { } interplay)
        {
            InterplaySection.Write(page, interplay, run => view.StyleOf(run));
        }

        StudyContrastsSection.Write(page, view);
        StudyTrainingSection.Write(page, view);
        StudyWithinSection.Write(page, view);
        LeftOut(page, findings);
        Reading(page, Terms, "study-runs.csv, interplay.csv, contrasts.csv and within.csv");
        page.Close();
        page.Open("footer", ("id", "made"))
            .Element(
                "p",
                $"Written {HtmlReport.Stamp(time.GetUtcNow())} by version {findings.Analysis.Version}; {NumberText.Count(findings.Analysis.Resamples)} " +
                "resamples, " +
                $"seed {NumberText.Count(findings.Analysis.Seed)}.")
            .Close();
        PageFrame.Close(page);
        destination.Write(AtomicWrite.Utf8.GetBytes(page.ToString()));
    }

    /// <summary>What the study is of, in a line.</summary>
    public static string Byline(StudyView view)
    {
        var findings = view.Findings;
        string[] facts =
        [
            view.Counts,
            .. findings.Prompts is null ? Array.Empty<string>() : [$"{NumberText.Count(findings.PromptCount)} prompts of {findings.Prompts}"],
            .. findings.Scorer is null ? Array.Empty<string>() : [$"scored by {findings.Scorer}"],
            .. findings.Probe is null ? Array.Empty<string>() : [$"{Wording.Name(findings.Probe)} probe"],
        ];
        return string.Join(" · ", facts);
    }

    /// <summary>How the page is to be read.</summary>
    public static void Reading(Markup page, IReadOnlyList<(string Term, string Meaning)> terms, string files)
    {
        Section.Open(page, "reading", "How to read this");
        page.Open("dl", ("class", "facts terms"));
        foreach (var (term, meaning) in terms)
        {
            page.Open("div").Element("dt", term).Element("dd", meaning).Close();
        }

        page.Close();
        page.Open("p", ("class", "note")).Text("All figures lie beside this page in ").Element("code", files).Text(", one line each.").Close();
        page.Close();
    }

    private static void Opening(Markup page, StudyView view)
    {
        var findings = view.Findings;
        page.Open("header", ("class", "top"));
        if (findings.Demo)
        {
            page.Element(
                "p",
                "The demo's model or prompts take part: tiny stand-ins that come with the program. The figures show what a study looks like; they say " +
                "nothing about " +
                "any real model.",
                ("class", "demo"),
                ("role", "note"));
        }

        page.Element("p", "Aligned probing · study", ("class", "kicker"));
        page.Element("h1", findings.Name);
        page.Element("p", "What models encode, how they behave, and how the two go together over models.", ("class", "lede"));
        page.Element("p", Byline(view), ("class", "byline"));
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

        page.Open("nav", ("aria-label", "Sections"));
        foreach (
            var (id, name, isThere) in new[]
            {
                ("summary", "Summary", true),
                ("runs", "Runs", true),
                ("depth", "Strength by depth", findings.Curves.Count > 0),
                ("interplay", "Interplay", findings.Interplay is not null),
                ("contrasts", "Contrasts", findings.Contrasts.Count > 0),
                ("training", "Training", StudyTrainingSection.IsThere(view)),
                ("within", "Within models", findings.Within.Count > 0),
                ("left-out", "Left out", findings.LeftOut.Count > 0),
                ("reading", "How to read this", true),
            })
        {
            if (isThere)
            {
                page.Element("a", name, ("href", "#" + id)).Text(" ");
            }
        }

        page.Close().Close();
    }

    private static void Summary(Markup page, StudyView view)
    {
        Section.Open(page, "summary", "What was found");
        page.Open("dl", ("class", "points"));
        foreach (var point in StudySentences.Of(view))
        {
            page.Open("div").Element("dt", point.Heading).Element("dd", SummarySection.Unbroken(point.Text)).Close();
        }

        page.Close();
        page.Element("p", "Brackets hold 95 % intervals. That no difference is found does not mean that there is none.", ("class", "note"));
        page.Close();
    }

    private static void LeftOut(Markup page, StudyFindings findings)
    {
        if (findings.LeftOut.Count == 0)
        {
            return;
        }

        Section.Open(page, "left-out", "What was left out", "Only runs of the same prompts, scorer and probe stand beside each other. The rest of the " +
            "study goes on without these.");
        page.Open("dl", ("class", "facts"));
        foreach (var part in findings.LeftOut)
        {
            page.Open("div").Element("dt", part.What).Element("dd", part.Why).Close();
        }

        page.Close().Close();
    }
}
