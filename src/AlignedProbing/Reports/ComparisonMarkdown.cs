using System.Text;
using AlignedProbing.Files;
using AlignedProbing.Reports.Html;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs;
using static AlignedProbing.Reports.MarkdownText;

namespace AlignedProbing.Reports;

/// <summary>
/// <c>comparison.md</c>: what differs, in words and in tables, for a paper's notes or a pull request. It holds no time stamp and no text of a run.
/// </summary>
public static class ComparisonMarkdown
{
    /// <summary>Writes it.</summary>
    /// <param name="findings">What comparing found.</param>
    /// <param name="destination">Where to; it stays open.</param>
    public static void Write(ComparisonFindings findings, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(findings);
        ArgumentNullException.ThrowIfNull(destination);
        var (text, view) = (new StringBuilder(), new ComparisonView(findings));
        Line(text, $"# Aligned probing: {Safe(ComparisonPage.Title(findings))}\n");
        foreach (var warning in findings.Warnings)
        {
            Line(text, $"> **Note.** {Safe(warning)}\n");
        }

        Line(text, "## What was found\n");
        foreach (var point in ComparisonSentences.Of(view))
        {
            Line(text, $"- **{Safe(point.Heading)}.** {Safe(point.Text)}");
        }

        Table(
            text,
            new SummaryTable(
                "How the runs were made",
                ["", .. view.Runs.Select((run, place) => place == 0 ? $"{run} (baseline)" : run)],
                [
                    .. findings
                        .Facts.Where(fact => fact.Differs)
                        .Select(fact => (IReadOnlyList<string>)[fact.Name, .. fact.Values.Select(value => value ?? NumberText.None)]),
                ]));
        foreach (var scorer in view.Scorers)
        {
            Table(text, Behavior(view, scorer));
        }

        Table(text, new SummaryTable(
            $"The texts: {view.Runs[0]} → run, difference",
            ["run", "property", "n", "figures"],
            [.. view.Of("texts").Select(row => (IReadOnlyList<string>)[row.Run, ComparisonSentences.Property(row), NumberText.Count(row.N), Cell(row)])]));
        foreach (var run in view.Others)
        {
            Table(text, Strength(view, run));
        }

        if (findings.Relations.Count > 0)
        {
            Relation(text, view);
        }

        Table(
            text,
            new SummaryTable("What was not compared", ["what", "why"], [.. findings.LeftOut.Select(part => (IReadOnlyList<string>)[part.What, part.Why])]));
        Line(text, "\n## Estimators\n");
        Line(
            text,
            "Differences are run less baseline, over the same prompts, with 95 % intervals; p is corrected by Holm's method, family by family; “stands” " +
            "marks those below .05 after it.\n");
        Estimators(text, findings.Estimators);

        Line(text, "\nAll differences: `comparison.csv`. Curves: `comparison.html`.");
        destination.Write(AtomicWrite.Utf8.GetBytes(text.ToString()));
    }

    private static SummaryTable Behavior(ComparisonView view, string scorer)
    {
        string[] metrics = [.. view.Of("behavior").Where(row => row.Scorer == scorer).Select(row => row.Metric).Distinct()];
        return new SummaryTable(
            $"Behaviour by {scorer}: {view.Runs[0]} → run, difference",
            ["run", "attribute", "prompts", "n", .. metrics],
            [
                .. view.Of("behavior")
                    .Where(row => row.Scorer == scorer)
                    .GroupBy(row => (row.Run, row.Attribute, row.Subset))
                    .Select(group =>
                        (IReadOnlyList<string>)
                            [
                                group.Key.Run,
                                Wording.Name(group.Key.Attribute),
                                group.Key.Subset!,
                                string.Join(", ", group.Select(row => NumberText.Count(row.N)).Distinct()),
                                .. metrics.Select(metric => Cell(group.FirstOrDefault(row => row.Metric == metric))),
                            ]),
            ]);
    }

    private static SummaryTable Strength(ComparisonView view, string run) =>
        new(
            $"Information strength: {view.Runs[0]} → {run}",
            ["probe", "attribute", "scenario", "peak r", "layers that differ after correction", "n"],
            [
                .. view.Of("peak")
                    .Where(row => row.Metric == "r" && row.Run == run)
                    .Select(peak =>
                    {
                        var layers = view.CurveDifferences("strength", "r", peak.Probe!, peak.Scorer, peak.Attribute, peak.Scenario!.Value, run);
                        int[] found = [.. layers.Where(ComparisonView.IsFound).Select(row => row.Layer!.Value)];
                        return (IReadOnlyList<string>)
                            [
                                view.Scorers.Count > 1 ? $"{Wording.Name(peak.Probe!)} on {peak.Scorer}" : Wording.Name(peak.Probe!),
                                Wording.Name(peak.Attribute),
                                Wording.Scenario(peak.Scenario.Value),
                                Cell(peak),
                                found.Length == 0
                                    ? $"none of {NumberText.Count(layers.Count)}"
                                    : $"{NumberText.Count(found.Length)} of {NumberText.Count(layers.Count)}: {NumberText.Layers(found)}",
                                NumberText.Count(peak.N),
                            ];
                    }),
            ]);

    private static void Relation(StringBuilder text, ComparisonView view)
    {
        Table(text, new SummaryTable(
            "Behaviour beside strength (EMT / strength, mean over layers)",
            ["probe", "attribute", "scenario", .. view.Runs, "r over runs"],
            [
                .. view.Findings.Relations.Where(row => row is { Metric: "EMT", Strength: "mean" }).Select(row => (IReadOnlyList<string>)
                [
                    Wording.Name(row.Probe),
                    Wording.Name(row.Attribute),
                    Wording.Scenario(row.Scenario),
                    .. view.Runs.Select(run => row.Points.FirstOrDefault(point => point.Run == run) is { } point ? $"{NumberText.Unit(point.Behavior)} / " +
                        $"{NumberText.Unit(point.Strength)}" : NumberText.None),
                    row.R is null ? NumberText.None : NumberText.WithInterval(row.R, row.Low, row.High, NumberText.Unit),
                ]),
            ]));
        Line(text, $"\n{Safe(ComparisonSentences.Relation(view))}");
    }

    private static string Cell(RunDifference? row)
    {
        if (row?.Difference is null)
        {
            return row is null ? NumberText.None : $"– ({Wording.Reason(row.Reason)})";
        }

        var write = ComparisonView.FigureWriter(row);
        return $"{write(row.BaselineValue)} → {write(row.RunValue)}, {ComparisonView.Text(row)}, p " +
            $"{ComparisonView.P(row.AdjustedP)}{(ComparisonView.IsFound(row) ? " (stands)" : "")}";
    }
}
