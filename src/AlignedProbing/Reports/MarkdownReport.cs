using System.Text;
using AlignedProbing.Files;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs;
using static AlignedProbing.Reports.MarkdownText;

namespace AlignedProbing.Reports;

/// <summary><c>report.md</c>: the summary, the tables and where to find the rest. It holds no time stamp and no text of the run.</summary>
public sealed class MarkdownReport : IReportExporter
{
    /// <inheritdoc/>
    public string FileName => "report.md";

    /// <inheritdoc/>
    public void Write(Findings findings, RunFolder run, Stream destination)
    {
        var text = new StringBuilder();
        var manifest = findings.Manifest;
        Line(text, $"# Aligned probing: {Safe(manifest.Model.Name)}\n");
        var demo = Findings.DemoWarningOf(manifest);
        if (demo is not null)
        {
            Line(text, $"> **{demo}**\n");
        }

        foreach (var warning in findings.WarningsAt("top"))
        {
            Line(text, $"> **Note.** {Safe(warning)}\n");
        }

        Line(text, "## What was asked\n");
        foreach (var (name, value) in RunFacts.Of(findings))
        {
            Line(text, $"- {Safe(name)}: {Safe(value)}");
        }

        Line(text, "\n## What was found\n");
        foreach (var point in SummarySentences.Of(findings))
        {
            Line(text, $"- **{Safe(point.Heading)}.** {Safe(point.Text)}");
        }

        if (Headline.Of(findings).WhyProbe(findings) is { } why)
        {
            Line(text, $"\n{why}");
        }

        Behaviour(text, findings);
        Scorers(text, findings);
        Peaks(text, findings);
        Classifiers(text, findings);
        Missing(text, findings);
        string[] notes = [.. findings.WarningsAt("behaviour"), .. findings.WarningsAt("layers")];
        if (notes.Length > 0)
        {
            Line(text, "\n## To know of these figures\n");
            Array.ForEach(notes, note => Line(text, $"- {Safe(note)}"));
        }

        Line(text, "\n## Estimators\n");
        Estimators(text, findings.Estimators);

        Line(text, "\nAll figures: `behavior.csv`, `internals.csv`, `findings.json`. Curves and heat maps: `report.html`.");
        destination.Write(AtomicWrite.Utf8.GetBytes(text.ToString()));
    }

    private static void Behaviour(StringBuilder text, Findings findings)
    {
        foreach (var scorer in findings.Behavior.GroupBy(row => row.Scorer))
        {
            string[] metrics = [.. scorer.Select(row => row.Metric).Distinct()];
            Line(text, scorer.Key == BehaviorFinding.Texts ? "\n## The texts\n" : $"\n## Behaviour, scorer {Safe(scorer.Key)}\n");
            Line(text, $"| attribute | prompts | n | missing | {string.Join(" | ", metrics.Select(Safe))} |");
            Line(text, $"|---|---|--:|--:|{string.Concat(metrics.Select(_ => "---|"))}");
            foreach (var group in scorer.GroupBy(row => (row.Attribute, row.Subset)))
            {
                var cells = metrics.Select(metric => group.FirstOrDefault(row => row.Metric == metric)).ToArray();
                var first = group.First();
                Line(
                    text,
                    $"| {Safe(Wording.Name(group.Key.Attribute))} | {Safe(group.Key.Subset)} | {NumberText.Count(first.N)} | " +
                    $"{NumberText.Count(first.Missing)} | {string.Join(" | ", cells.Select(cell => Cell(cell, first.N)))} |");
            }
        }

        static string Cell(BehaviorFinding? row, int n) =>
            row is null ? NumberText.None
            : row.Value is null ? $"– ({Safe(Wording.Reason(row.Reason))})"
            : NumberText.WithInterval(row.Value, row.Low, row.High, Wording.Writer(row)) + NumberText.OtherN(row.N, n);
    }

    private static void Scorers(StringBuilder text, Findings findings)
    {
        foreach (var table in ScorerComparisonTable.Of(findings.ScorerComparisons))
        {
            Table(text, table);
        }
    }

    private static void Peaks(StringBuilder text, Findings findings)
    {
        if (findings.Peaks.Count == 0)
        {
            return;
        }

        Line(text, "\n## Where information peaks\n");
        Line(text, "| probe | scorer | attribute | scenario | layer | r | layers whose intervals overlap | r, layer chosen on other folds |");
        Line(text, "|---|---|---|---|--:|---|---|---|");
        foreach (var peak in findings.Peaks)
        {
            Line(
                text,
                $"| {Safe(Wording.Name(peak.Probe))} | {Safe(peak.Scorer)} | {Safe(Wording.Name(peak.Attribute))} | {Wording.Scenario(peak.Scenario)} | "
                    + $"{NumberText.Count(peak.Layer)} "
                    + $"| {NumberText.WithInterval(peak.R, peak.Low, peak.High, NumberText.Unit)} | {NumberText.Layers(peak.LayersWithin)} | " +
                        $"{NumberText.WithInterval(peak.NestedR, peak.NestedLow, peak.NestedHigh, NumberText.Unit)} |"
            );
        }

        if (findings.Differences.Any(row => row.Kind == "layers" && row.AdjustedP is not null))
        {
            Line(
                text,
                "\nIntervals may overlap where layers differ: `differences` of findings.json, and “Checks” in report.html, compare each layer with the peak " +
                "on the same prompts, corrected for the number of comparisons.");
        }
    }

    private static void Classifiers(StringBuilder text, Findings findings)
    {
        if (ClassifierTable.Rows(findings, null) is not { Count: > 0 } rows)
        {
            return;
        }

        Line(text, "\n## How well classes are told apart, at the peaks\n");
        Line(text, $"| {string.Join(" | ", ClassifierTable.Columns)} |");
        Line(text, $"|{string.Concat(ClassifierTable.Columns.Select(_ => "---|"))}");
        foreach (var row in rows)
        {
            Line(text, $"| {string.Join(" | ", row.Select(Safe))} |");
        }
    }

    private static void Missing(StringBuilder text, Findings findings)
    {
        Line(text, "\n## What is missing\n");
        if (findings.Missing.Count == 0)
        {
            Line(text, "Nothing.");
            return;
        }

        Line(text, "| what | why | missing | of |");
        Line(text, "|---|---|--:|--:|");
        foreach (var row in findings.Missing)
        {
            Line(text, $"| {Safe(row.Where)} | {Safe(Wording.Reason(row.Reason))} | {NumberText.Count(row.Count)} | {NumberText.Count(row.Of)} |");
        }
    }
}
