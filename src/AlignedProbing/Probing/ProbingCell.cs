using AlignedProbing.Runs;

namespace AlignedProbing.Probing;

/// <summary>One cell of a layer.</summary>
/// <param name="Scenario">The scenario.</param>
/// <param name="Attribute">The attribute.</param>
/// <param name="Control">The control task, or none.</param>
/// <param name="Side">Whose vectors: input or output.</param>
/// <param name="Column">The labels, a prompt each.</param>
internal sealed record ProbingCell(Scenario Scenario, string Attribute, string Control, string Side, LabelColumn Column)
{
    /// <summary>The lines of a layer's file that tell of this cell.</summary>
    public IEnumerable<ProbeRun> Lines(int layer, StudyCell result, IReadOnlyList<int> seeds) =>
        (result.Missing is null ? result.Runs : Missing(result, seeds)).Select(run => new ProbeRun
        {
            Layer = layer,
            Scenario = Scenario,
            Attribute = Attribute,
            Control = Control,
            Fold = run.Fold,
            Seed = run.Seed,
            R = run.R,
            Mse = run.Mse,
            N = run.N,
            TrainN = run.TrainN,
            Epoch = run.Epoch,
            Penalty = run.Penalty,
            Missing = run.Missing,
            Lower = run.Lower,
            Middle = run.Middle,
            Upper = run.Upper,
        });

    // A cell without probes is a missing run for each probe it would have had.
    private static IEnumerable<StudyRun> Missing(StudyCell result, IReadOnlyList<int> seeds)
    {
        var folds = result.Rows.Length < Fold.FewestRows ? null : Fold.Split(result.Rows.Length);
        return seeds.SelectMany(seed => Enumerable.Range(0, Fold.Count).Select(fold =>
            new StudyRun(seed, fold, folds?[fold].Test.Count ?? 0, folds?[fold].Train.Count ?? 0, null, null, null, null, result.Missing)));
    }
}
