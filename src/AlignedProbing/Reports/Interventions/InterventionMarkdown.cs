using System.Globalization;
using System.Text;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs.Interventions;

namespace AlignedProbing.Reports.Interventions;

/// <summary>A run's interventions as a page of text: effects beside what they cost the texts.</summary>
internal static class InterventionMarkdown
{
    /// <summary>The page.</summary>
    public static string Of(InterventionFindings findings)
    {
        var text = new StringBuilder();
        MarkdownText.Line(text, $"# Interventions on {MarkdownText.Safe(findings.Model)}");
        if (findings.Sweeps.Count == 0)
        {
            MarkdownText.Line(text, "\nNothing was edited yet.");
            return text.ToString();
        }

        foreach (var sweep in findings.Sweeps)
        {
            Sweep(text, sweep);
        }

        MarkdownText.Line(
            text,
            $"\nIntervals: 95 %, {NumberText.Count(findings.Resamples)} bootstrap resamples of prompts; those against controls also allow for other controls; "
                + $"seed {findings.Seed}. p: {NumberText.Count(findings.Flips)} sign flips of prompts, corrected by Holm over the edits and attributes of a "
                + "sweep, for each metric. Every figure is in intervention.csv.");
        return text.ToString();
    }

    private static void Sweep(StringBuilder text, SweepFinding finding)
    {
        var sweep = finding.Sweep;
        MarkdownText.Line(text, $"\n## {MarkdownText.Safe(sweep.Name)}\n");
        foreach (var sentence in InterventionSentences.Of(finding))
        {
            MarkdownText.Line(text, MarkdownText.Safe(sentence) + "\n");
        }

        var ofEdits = finding.Effects.Where(effect => effect is { Subset: "all", IsControl: false });
        foreach (var group in ofEdits.GroupBy(effect => (effect.Scorer, effect.Attribute)))
        {
            MarkdownText.Table(
                text,
                new SummaryTable(
                    $"Change of {group.Key.Attribute} by {group.Key.Scorer}, all prompts",
                    ["intervention", "EMT", "TP", "TC", "mean", "corrected p of EMT", "prompts"],
                    [.. group.GroupBy(effect => effect.Intervention).Select(Row)]));
        }

        MarkdownText.Table(
            text,
            new SummaryTable(
                $"EMT of {sweep.Attribute} against controls",
                ["intervention", "controls", "number", "effect", "mean of controls", "difference", "place"],
                [
                    .. finding.Controls
                        .Where(row => row.Metric == "EMT" && row.Attribute == sweep.Attribute && row.Scorer == sweep.Scorer)
                        .Select(Row),
                ]));
        MarkdownText.Table(
            text,
            new SummaryTable(
                "Damage",
                ["intervention", "KL, nats a token", "perplexity, given", "perplexity, own", "distinct-1", "distinct-2", "tokens", "ended", "looping"],
                [.. finding.Damage.Select(Row)]));
    }

    private static IReadOnlyList<string> Row(IGrouping<string, EffectFinding> row)
    {
        var of = row.ToDictionary(effect => effect.Metric);
        return
        [
            row.Key,
            Change(of["EMT"]),
            Change(of["TP"]),
            Change(of["TC"]),
            Change(of["mean"]),
            NumberText.Small(of["EMT"].PHolm),
            NumberText.Count(row.Max(effect => effect.N)),
        ];

        static string Change(EffectFinding effect) => NumberText.WithInterval(effect.Change, effect.Low, effect.High, NumberText.Unit);
    }

    private static IReadOnlyList<string> Row(ControlFinding row) =>
    [
        row.Intervention,
        row.Against,
        NumberText.Count(row.Controls),
        NumberText.Unit(row.Effect),
        NumberText.Unit(row.ControlMean),
        NumberText.WithInterval(row.Excess, row.Low, row.High, NumberText.Unit),
        row.Place is { } place ? $"{NumberText.Count(place)} of {NumberText.Count(row.Controls + 1)}" : NumberText.None,
    ];

    private static IReadOnlyList<string> Row(DamageFinding row) =>
    [
        row.Intervention,
        row.Divergence is { } nats ? nats.ToString("0.0000", CultureInfo.InvariantCulture) : NumberText.None,
        NumberText.Quantity(row.GivenPerplexity),
        NumberText.Quantity(row.OwnPerplexity),
        NumberText.Unit(row.Distinct[0]),
        NumberText.Unit(row.Distinct[1]),
        NumberText.Quantity(row.Length),
        NumberText.Percent(row.Ended),
        NumberText.Percent(row.Looping),
    ];
}
