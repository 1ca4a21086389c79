using AlignedProbing.Probing.Labels;
using AlignedProbing.Probing.Training;
using AlignedProbing.Runs;

namespace AlignedProbing.Probing;

/// <summary>One cell of a layer.</summary>
/// <param name="Scenario">The scenario.</param>
/// <param name="Attribute">The attribute.</param>
/// <param name="Control">The control task, or none.</param>
/// <param name="Side">Whose vectors: input or output.</param>
/// <param name="Column">The labels, a row each.</param>
/// <param name="Groups">Of each row the group that is kept within one fold; null where every row is its own.</param>
internal sealed record ProbingCell(Scenario Scenario, string Attribute, string Control, string Side, LabelColumn Column, IReadOnlyList<int>? Groups)
{
    /// <summary>Whether labels are permuted.</summary>
    public bool IsRandomized => Control == LabelPermutation.Name;

    /// <summary>The control task whose encodings are read; null for the run's own.</summary>
    public string? Encodings => ControlEncoding.Names.Contains(Control) ? Control : null;

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
            Spearman = run.Spearman,
            R2 = run.R2,
            Accuracy = run.Accuracy,
            MacroF1 = run.MacroF1,
            Auroc = run.Auroc,
            CrossEntropy = run.CrossEntropy,
            ClassN = run.ClassN is { } counts ? Named(result.Classes, counts) : null,
            MissingMacro = run.MissingMacro,
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

    /// <summary>The online codes of this cell, fold by fold; a missing one for each where it has none.</summary>
    public IEnumerable<ProbeCode> Codes(int layer, StudyCell result, int seed) =>
        Enumerable
            .Range(0, Fold.Count)
            .Select(fold =>
            {
                var code = result.Missing is null ? result.Codes[fold] : null;
                return new ProbeCode
                {
                    Layer = layer,
                    Scenario = Scenario,
                    Attribute = Attribute,
                    Control = Control,
                    Fold = fold,
                    Seed = seed,
                    N = code?.Blocks[^1].End ?? 0,
                    Code = code?.Code,
                    MeanCode = code?.MeanCode,
                    FrequencyCode = code?.FrequencyCode,
                    Compression = code?.Compression,
                    Missing =
                        code is null ? result.Missing
                        : code.Compression is not null ? null
                        : code.Code is null ? MissingReason.NotFinite
                        : MissingReason.Constant,
                    Blocks = code?.Blocks ?? [],
                };
            });

    /// <summary>The fitted probes of this cell; none of a control.</summary>
    public IEnumerable<ProbeDirection> Directions(int layer, StudyCell result) =>
        Control != "none" || result.Missing is not null
            ? []
            : result
                .Runs.Zip(result.Directions)
                .SelectMany(pair =>
                    pair.Second.Select(
                        (direction, index) =>
                            new ProbeDirection
                            {
                                Layer = layer,
                                Scenario = Scenario,
                                Attribute = Attribute,
                                Fold = pair.First.Fold,
                                Seed = pair.First.Seed,
                                Class = pair.Second.Count > 1 ? index : null,
                                ClassName = pair.Second.Count > 1 ? result.Classes[index] : null,
                                Bias = direction.Bias,
                                LabelLow = result.LabelRange.Low,
                                LabelHigh = result.LabelRange.High,
                                Weights = direction.Weights,
                            }));

    private static Dictionary<string, int> Named(IReadOnlyList<string> classes, IReadOnlyList<int> counts) =>
        new(classes.Zip(counts, KeyValuePair.Create), StringComparer.Ordinal);

    // A cell without probes is a missing run for each probe it would have had.
    private IEnumerable<StudyRun> Missing(StudyCell result, IReadOnlyList<int> seeds)
    {
        var folds =
            result.Missing == MissingReason.TooFewRows ? null
            : Groups is null ? Fold.Split(result.Rows.Length)
            : Fold.Split([.. result.Rows.Select(row => Groups[row])]);
        return seeds.SelectMany(seed =>
            Enumerable
                .Range(0, Fold.Count)
                .Select(fold => new StudyRun(seed, fold, folds?[fold].Test.Count ?? 0, folds?[fold].Train.Count ?? 0, null, null, null, null, result.Missing)));
    }
}
