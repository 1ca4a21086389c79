using System.Text;
using AlignedProbing.Files;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs.Studies;
using static AlignedProbing.Reports.MarkdownText;

namespace AlignedProbing.Reports.Studies;

/// <summary><c>study.md</c>: what the runs of a study say together, in words and tables. It holds no time stamp and no text of a run.</summary>
public static class StudyMarkdown
{
    /// <summary>Writes it.</summary>
    /// <param name="findings">What the runs say together.</param>
    /// <param name="destination">Where to; it stays open.</param>
    public static void Write(StudyFindings findings, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(findings);
        ArgumentNullException.ThrowIfNull(destination);
        var (text, view) = (new StringBuilder(), new StudyView(findings));
        Line(text, $"# Aligned probing: {Safe(findings.Name)}\n");
        foreach (var warning in findings.Warnings)
        {
            Line(text, $"> **Note.** {Safe(warning)}\n");
        }

        Line(text, $"{Safe(StudyPage.Byline(view))}\n");
        Line(text, "## What was found\n");
        foreach (var point in StudySentences.Of(view))
        {
            Line(text, $"- **{Safe(point.Heading)}** {Safe(point.Text)}");
        }

        Table(text, Runs(view));
        foreach (var contrast in findings.Contrasts.Select(contrast => contrast.Contrast).Distinct())
        {
            Table(text, Contrast(view, contrast));
        }

        Table(
            text,
            new SummaryTable("What was left out", ["what", "why"], [.. findings.LeftOut.Select(part => (IReadOnlyList<string>)[part.What, part.Why])]));
        destination.Write(AtomicWrite.Utf8.GetBytes(text.ToString()));
    }

    /// <summary>The runs, a row each.</summary>
    internal static SummaryTable Runs(StudyView view) => new(
        "The runs",
        [
            "run", "state", "family", "kind", "blocks", "prompts", .. view.Headline is null ? Array.Empty<string>() : ["EMT", "TP", "TC"],
            .. view.Scenarios.Select(Wording.Scenario),
        ],
        [
            .. view.Findings.Runs.Select(run => (IReadOnlyList<string>)
            [
                run.Name,
                run.State,
                run.Family,
                run.Kind ?? NumberText.None,
                run.Blocks is { } blocks ? NumberText.Count(blocks) : NumberText.None,
                run.Prompts is { } prompts ? NumberText.Count(prompts) : NumberText.None,
                .. view.Headline is null ? [] : StudyMetrics.Shown.Select(metric => Behavior(run, view.Headline, metric)),
                .. view.Scenarios.Select(scenario =>
                    run.Peaks.FirstOrDefault(peak => peak.Scenario == scenario && peak.Attribute == view.Headline) is { } peak
                        ? $"{NumberText.WithInterval(peak.R, peak.Low, peak.High, NumberText.Unit)} in layer {NumberText.Count(peak.Layer)}"
                        : NumberText.None),
            ]),
        ]);

    internal static string Behavior(StudyRun run, string attribute, string metric) =>
        run.Behavior.FirstOrDefault(row => row.Attribute == attribute && row.Metric == metric) is { } row
            ? NumberText.WithInterval(row.Value, row.Low, row.High, NumberText.Unit)
            : NumberText.None;

    private static SummaryTable Contrast(StudyView view, string contrast) => new(
        StudyView.ContrastName(contrast),
        ["baseline", "run", "figure", "n", "difference", "corrected p"],
        [
            .. view.Findings.Contrasts
                .Where(row => row.Contrast == contrast && row.Difference.Attribute == view.Headline && row.Difference.Kind is "behavior" or "peak")
                .Where(row => row.Difference.Metric is "EMT" or "r")
                .Select(row => (IReadOnlyList<string>)
                [
                    row.Difference.Baseline,
                    row.Difference.Run,
                    row.Difference.Scenario is { } scenario ? $"peak, {Wording.Scenario(scenario)}" : row.Difference.Metric,
                    NumberText.Count(row.Difference.N),
                    ComparisonView.Text(row.Difference),
                    ComparisonView.P(row.Difference.AdjustedP),
                ]),
        ]);
}
