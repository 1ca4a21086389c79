using System.Numerics.Tensors;
using AlignedProbing.Runs;

namespace AlignedProbing.Analysis;

/// <summary>
/// Differences of information strength between two runs, paired by prompt id: prompts that both have are drawn with replacement, both strengths are computed anew from the stored out-of-fold predictions of
/// those drawn, and subtracted. For studies of two models, precisions, templates or revisions on the same prompts.
/// </summary>
public static class RunComparison
{
    /// <summary>Compares every cell (without control) that both runs have at the same layer, over the prompts that both cells have.</summary>
    /// <param name="one">The first run.</param>
    /// <param name="other">The second: what is subtracted.</param>
    /// <param name="options">Number of resamples and their seed.</param>
    /// <param name="cancellationToken">Stops between curves.</param>
    /// <returns>The differences, kind <c>runs</c>, by probe, scorer, scenario, attribute and layer; corrected by Holm's method over the layers of a curve. Cells that fewer than 12 common prompts hold are left out.</returns>
    /// <exception cref="InputException">A file is broken.</exception>
    public static IReadOnlyList<StrengthDifference> Of(RunFolder one, RunFolder other, AnalysisOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var (ofOne, ofOther) = (one.ReadPrompts(), other.ReadPrompts());
        var common = ofOne.Select(prompt => prompt.Id).Intersect(ofOther.Select(prompt => prompt.Id), StringComparer.Ordinal).Index().ToDictionary(pair => pair.Item, pair => pair.Index, StringComparer.Ordinal);
        var draws = new PromptDraws(common.Count, options);
        var numbers = (Number(ofOne, common), Number(ofOther, common));
        var differences = new List<StrengthDifference>();
        foreach (var probe in one.Probes().Intersect(other.Probes()))
        {
            foreach (var scorer in one.ProbeScorers(probe).Intersect(other.ProbeScorers(probe)))
            {
                var (left, right) = (Source(one, probe, scorer), Source(other, probe, scorer));
                foreach (var curve in left.Cells.Intersect(right.Cells).Where(cell => cell.Control == "none").GroupBy(cell => (cell.Scenario, cell.Attribute)).OrderBy(curve => curve.Key))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    CellKey[] layers = [.. curve.OrderBy(cell => cell.Layer)];
                    var family = new StrengthDifference?[layers.Length];
                    Parallel.For(0, layers.Length, i => family[i] = Compare(layers[i], left, right, numbers, draws));
                    differences.AddRange(DifferenceFamily.Corrected([.. family.OfType<StrengthDifference>()]));
                }
            }
        }

        return differences;
    }

    private static ProbeSource Source(RunFolder run, string probe, string scorer) =>
        new(run, probe, scorer, InternalsAnalysis.Of(run, run.ReadManifest(), probe, scorer, []).Places, null, ProbeNotes.Continuations(run, probe, scorer));

    private static int[] Number(IReadOnlyList<Prompt> prompts, Dictionary<string, int> common) => [.. prompts.Select(prompt => common.GetValueOrDefault(prompt.Id, -1))];

    private static StrengthDifference? Compare(CellKey cell, ProbeSource left, ProbeSource right, (int[] One, int[] Other) numbers, PromptDraws draws)
    {
        const int FewestRows = 12;
        if (left.Read(cell) is not { } one || right.Read(cell) is not { } other)
        {
            return null;
        }

        var both = one.Rows.Prompts.Select(prompt => numbers.One[prompt]).Intersect(other.Rows.Prompts.Select(prompt => numbers.Other[prompt])).Where(number => number >= 0).ToHashSet();
        if (one.Among(numbers.One, both) is not { Rows.Count: >= FewestRows } mine || other.Among(numbers.Other, both) is not { Rows.Count: >= FewestRows } theirs)
        {
            return null;
        }

        var (ofMine, ofTheirs) = (StrengthSamples.Of(mine, draws.OverPrompts(mine.Rows), withPartial: false), StrengthSamples.Of(theirs, draws.OverPrompts(theirs.Rows), withPartial: false));
        if (!double.IsFinite(ofMine.Value) || !double.IsFinite(ofTheirs.Value))
        {
            return null;
        }

        var less = new double[ofMine.Resampled.Length];
        TensorPrimitives.Subtract<double>(ofMine.Resampled, ofTheirs.Resampled, less);
        return DifferenceFamily.Of(
            new StrengthDifference
            {
                Kind = "runs",
                Probe = left.Probe,
                Scorer = left.Scorer,
                Attribute = cell.Attribute,
                Scenario = cell.Scenario,
                Layer = cell.Layer,
                OtherScenario = cell.Scenario,
                OtherLayer = cell.Layer,
                Value = ofMine.Value - ofTheirs.Value,
                Estimator = StrengthAnalysis.OverPrompts,
            },
            less);
    }
}
