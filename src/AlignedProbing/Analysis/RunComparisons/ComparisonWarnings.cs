using System.Globalization;
using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.RunComparisons;

/// <summary>What a reader must know before believing a difference, as sentences; only what applies.</summary>
internal static class ComparisonWarnings
{
    private const int FewPrompts = 200;
    private const double AboutAsMany = 0.98;

    public static IReadOnlyList<string> Of(
        IReadOnlyList<ComparedSource> runs,
        CommonPrompts common,
        IReadOnlyList<ScorerMatch> scorers,
        BehaviorComparison behavior,
        StrengthComparison strength,
        IReadOnlyList<ComparedFact> facts,
        CancellationToken cancellationToken)
    {
        var warnings = new List<string>();
        warnings.AddRange(runs.Select(run => Findings.DemoWarningOf(run.Manifest)).OfType<string>().Distinct());
        foreach (var scorer in scorers.Where(scorer => scorer.IsAcross))
        {
            warnings.Add(
                $"Unlike scorers stand side by side, as was asked for ({scorer.Label}): each difference holds that of the scorers too, in behaviour and in " +
                "the labels of probes, and cannot be put down to the models.");
        }

        Prompts(warnings, runs, common);
        Unfinished(warnings, runs, scorers, cancellationToken);
        Confounded(warnings, runs, facts);
        Continuations(warnings, runs, behavior);
        Internals(warnings, runs, strength);
        if (common.Count < FewPrompts)
        {
            warnings.Add(
                $"The figures rest on {Count(common.Count)} prompts: intervals are wide, and that a difference is not found does not mean that there is none.");
        }

        return warnings;
    }

    private static void Prompts(List<string> warnings, IReadOnlyList<ComparedSource> runs, CommonPrompts common)
    {
        if (runs.Any(run => run.Index.Count > common.Count))
        {
            warnings.Add(
                $"The runs have different prompts. Every figure here is over the {Count(common.Count)} that all have " +
                $"({string.Join(", ", runs.Select(run => $"{run.Name}: {Count(common.Count)} of {Count(run.Index.Count)}"))}), and so differs from that of " +
                "the run's own " +
                $"report.{(common.OtherTexts > 0 ? $" {Count(common.OtherTexts)} ids name different texts in different runs, and are not among them." : "")}");
        }
    }

    private static void Unfinished(
        List<string> warnings,
        IReadOnlyList<ComparedSource> runs,
        IReadOnlyList<ScorerMatch> scorers,
        CancellationToken cancellationToken)
    {
        foreach (var (place, run) in runs.Index())
        {
            var parts = new List<string>();
            if (run.Texts.EncodedCount < run.Index.Count)
            {
                parts.Add($"{Count(run.Index.Count - run.Texts.EncodedCount)} of {Count(run.Index.Count)} prompts are not encoded");
            }

            parts.AddRange(scorers.Select(scorer => run.Scores(scorer.Names[place], cancellationToken)).Where(scores => scores.UnscoredChunks > 0)
                .Select(scores => $"{Count(scores.UnscoredChunks)} of {Count(run.Index.Chunks)} chunks are not scored by {scores.Scorer}"));
            if (parts.Count > 0)
            {
                warnings.Add($"{run.Name} is not finished: {string.Join("; ", parts)}. Prompts that one run lacks are left out of all.");
            }
        }
    }

    private static void Confounded(List<string> warnings, IReadOnlyList<ComparedSource> runs, IReadOnlyList<ComparedFact> facts)
    {
        foreach (var (place, run) in runs.Index().Skip(1))
        {
            if (MadeFacts.Changed(facts, place) is { Count: > 1 } changed)
            {
                warnings.Add(
                    $"{run.Name} differs from {runs[0].Name} in more than one thing ({string.Join(", ", changed)}): a difference cannot be put down to " +
                    "one of them.");
            }
        }
    }

    private static void Continuations(List<string> warnings, IReadOnlyList<ComparedSource> runs, BehaviorComparison behavior)
    {
        if (runs.Select(run => run.Manifest.Encoding.Continuations).Distinct().Count() > 1)
        {
            warnings.Add(
                "Some runs sampled their continuations, others were given theirs: their behaviour is that of different authors, not of different models.");
        }
        else if (runs[0].Manifest.Encoding.Continuations == "given")
        {
            warnings.Add(
                "Continuations are given in all runs: behaviour is that of the prompt set's texts, whatever the model. What can differ is how strongly " +
                "layers encode them, and how probable a model finds them.");
        }

        if (behavior.KDiffers)
        {
            warnings.Add(
                $"The runs have different numbers of continuations ({string.Join(", ", runs.Select(run => $"{run.Name}: {Count(run.Index.K)}"))}). EMT, TP " +
                $"and TC are those of {Count(behavior.K)} a prompt in all of them. Backward, whose label is the highest score of all, is not: over more " +
                "continuations it is higher.");
        }
    }

    private static void Internals(List<string> warnings, IReadOnlyList<ComparedSource> runs, StrengthComparison strength)
    {
        if (strength.Differences.Count > 0 && strength.Layers.Distinct().Count() > 1)
        {
            warnings.Add(
                $"The models differ in depth ({string.Join(", ", runs.Select((run, place) => $"{run.Name}: {Count(strength.Layers[place])} layers"))}). " +
                "Layers are held against those at the same relative depth, the nearest there is; peaks are compared wherever they lie.");
        }

        if (strength.TrainedRows.FirstOrDefault(pair => pair.Value.Min() < AboutAsMany * pair.Value.Max()) is { Key: { } what, Value: { } rows })
        {
            warnings.Add(
                $"Probes had unlike numbers of rows to learn from ({what}: " +
                $"{string.Join(", ", runs.Zip(rows, (run, count) => $"{run.Name}: {Count(count)}"))}). A probe reads more with more rows: differences of " +
                "strength hold that too.");
        }
    }

    private static string Count(int value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
