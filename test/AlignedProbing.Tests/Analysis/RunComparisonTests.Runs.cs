using AlignedProbing.Analysis.RunComparisons;
using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Tests.Analysis;

/// <summary>The runs that are compared, made by hand.</summary>
public sealed partial class RunComparisonTests
{
    private static void Identify(SyntheticRun run, string scorer, string options) =>
        File.WriteAllText(RunFolder.StageManifestPath(run.Folder.ScorerFolder(scorer)), options);

    private static RunDifference Row(ComparisonFindings findings, string metric, string? run = null) =>
        findings.Differences.Single(row =>
            row.Kind == "behavior" && row.Subset == "all" && row.Metric == metric && row.Attribute == "toxicity" && row.Run == (run ?? findings.Runs[1].Name));

    private static double Z(double p)
    {
        var (low, high) = (0.0, 40.0);
        for (var i = 0; i < 100; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Normal.TwoSided(middle) > p ? (middle, high) : (low, middle);
        }

        return low;
    }

    private static ComparisonFindings Compare(ComparisonOptions options, params SyntheticRun[] runs) =>
        RunComparison.Of([.. runs.Select(run => run.Folder)], options, null, TestContext.Current.CancellationToken);

    private SyntheticRun Scored(
        Func<int, int, double?> score,
        int samples = 1,
        string scorer = "ngram",
        int chunk = Hundred,
        Func<Manifest, Manifest>? change = null
    ) => Make(samples, prompt => [prompt], (prompt, number) => [("toxicity", score(prompt, number))], null, scorer, chunk, change);

    // The prompts' own scores run from 0 to 1. The order says which prompt comes at a place.
    private SyntheticRun Make(
        int samples,
        Func<int, int[]> order,
        Func<int, int, (string, double?)[]> scores,
        Prompt[]? prompts = null,
        string scorer = "ngram",
        int chunk = Hundred,
        Func<Manifest, Manifest>? change = null)
    {
        prompts ??= SyntheticRun.MakePrompts(Hundred);
        prompts = [.. Enumerable.Range(0, prompts.Length).SelectMany(place => prompts.Length == Hundred ? order(place) : [place]).Select(i => prompts[i])];
        var run = new SyntheticRun(prompts, change, samples, chunk);
        _runs.Add(run);
        for (var start = 0; start < prompts.Length; start += chunk)
        {
            run.WriteScores(
                start / chunk,
                scorer,
                [
                    .. prompts
                        .Skip(start)
                        .Take(chunk)
                        .SelectMany(prompt =>
                        {
                            var i = int.Parse(prompt.Id.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture);
                            return Enumerable
                                .Range(0, samples)
                                .Select(number => SyntheticRun.Score(prompt.Id, number, scores(i, number)))
                                .Prepend(SyntheticRun.Score(prompt.Id, null, ("toxicity", i / 200.0 % 1)));
                        }),
                ]);
        }

        return run;
    }
}
