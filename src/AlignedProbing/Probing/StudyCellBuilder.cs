using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Probing;

/// <summary>A cell while it is probed: which rows, which labels, and where results go. Tasks write to disjoint places of it.</summary>
internal sealed class StudyCellBuilder
{
    private readonly bool _randomized;
    private readonly LabelQuartiles _quartiles;
    private float[] _scaled = [];
    private int[] _folds = [];
    private float[][] _predictions = [];
    private StudyRun[] _runs = [];
    private OnlineCode[] _codes = [];
    private IReadOnlyList<FittedDirection>[] _directions = [];
    private (double Low, double High) _range;

    public StudyCellBuilder(FeatureMatrix features, LabelColumn column, bool[] finite, IReadOnlyList<int> seeds, bool randomized, IReadOnlyList<int>? groups)
    {
        (Features, Seeds, _randomized, Groups) = (features, seeds, randomized, groups);
        Rows = [.. Enumerable.Range(0, features.Rows).Where(row => finite[row] && double.IsFinite(column.Values[row]))];
        Missing = Judge(column);
        if (Missing is null)
        {
            // Scaled in float64 over the rows used, then rounded once.
            var (low, high) = _range = (Rows.Min(row => column.Values[row]), Rows.Max(row => column.Values[row]));
            _scaled = [.. Rows.Select(row => (float)((column.Values[row] - low) / (high - low)))];
            _quartiles = LabelQuartiles.Of(_scaled);
        }
    }

    public FeatureMatrix Features { get; }

    public IReadOnlyList<int> Seeds { get; }

    public int[] Rows { get; }

    public string? Missing { get; }

    public IReadOnlyList<int>? Groups { get; }

    public IReadOnlyList<Fold> Split() => Groups is null ? Fold.Split(Rows.Length) : Fold.Split([.. Rows.Select(row => Groups[row])]);

    /// <summary>The labels of <see cref="Rows"/> that a seed sees.</summary>
    public float[] Labels(int seed) => _randomized ? [.. LabelPermutation.Of(Rows.Length, seed).Select(row => _scaled[row])] : _scaled;

    public void Start(IReadOnlyList<Fold> folds, bool coded)
    {
        _codes = new OnlineCode[coded ? folds.Count : 0];
        _folds = new int[Rows.Length];
        foreach (var fold in folds)
        {
            foreach (var position in fold.Test)
            {
                _folds[position] = fold.Number;
            }
        }

        _predictions = [.. Seeds.Select(_ => new float[Rows.Length])];
        _runs = new StudyRun[Seeds.Count * folds.Count];
        _directions = new IReadOnlyList<FittedDirection>[_runs.Length];
    }

    /// <summary>Takes the fit of one fold and seed.</summary>
    /// <param name="fold">The fold.</param>
    /// <param name="seedIndex">Index of the seed.</param>
    /// <param name="labels">The labels that it saw.</param>
    /// <param name="fit">The fit.</param>
    /// <param name="isClassifier">Whether labels are classes.</param>
    /// <param name="scaling">How features were standardised; null where they were raw.</param>
    public void Take(Fold fold, int seedIndex, float[] labels, ProbeFit fit, FeatureScaling? scaling, bool isClassifier)
    {
        _directions[(seedIndex * Fold.Count) + fold.Number] = scaling is null ? fit.Directions : [.. fit.Directions.Select(scaling.Unscaled)];
        var predicted = new double[fold.Test.Count];
        var actual = new double[fold.Test.Count];
        for (var i = 0; i < predicted.Length; i++)
        {
            _predictions[seedIndex][fold.Test[i]] = fit.Predictions[i];
            (predicted[i], actual[i]) = (fit.Predictions[i], labels[fold.Test[i]]);
        }

        var r = Pearson.Of(predicted, actual);
        _runs[(seedIndex * Fold.Count) + fold.Number] = new StudyRun(
            Seeds[seedIndex], fold.Number, predicted.Length, fold.Train.Count, r.Value, Moments.MeanSquaredError(predicted, actual).Value, fit.Epoch, fit.Penalty, r.Reason)
        {
            Spearman = Spearman.Of(predicted, actual).Value,
            R2 = Determination.Of(predicted, actual).Value,
            Accuracy = isClassifier && r.Reason != Undefined.NotFinite ? TwoClasses.Accuracy(predicted, actual).Value : null,
            MacroF1 = isClassifier && r.Reason != Undefined.NotFinite ? TwoClasses.MacroF1(predicted, actual).Value : null,
            Auroc = isClassifier ? TwoClasses.Auroc(predicted, actual).Value : null,
            Lower = _quartiles.Strength(LabelPart.Lower, predicted, actual),
            Middle = _quartiles.Strength(LabelPart.Middle, predicted, actual),
            Upper = _quartiles.Strength(LabelPart.Upper, predicted, actual),
        };
    }

    /// <summary>Takes the online code of one fold.</summary>
    public void Take(Fold fold, OnlineCode code) => _codes[fold.Number] = code;

    public StudyCell Result() => new()
    {
        Missing = Missing,
        Rows = Rows,
        Labels = _randomized ? [] : _scaled,
        Folds = _folds,
        Predictions = _predictions,
        Runs = _runs,
        Codes = _codes,
        Directions = _directions,
        LabelRange = _range,
    };

    private string? Judge(LabelColumn column)
    {
        if (Rows.Length < Fold.FewestRows || (Groups is not null && Rows.Select(row => Groups[row]).Distinct().Count() < Fold.FewestRows))
        {
            return MissingReason.TooFewRows;
        }

        var most = Rows.GroupBy(row => column.Values[row]).Max(group => group.Count());
        // Labels so far apart that their distance overflows cannot be scaled.
        return !double.IsFinite(Rows.Max(row => column.Values[row]) - Rows.Min(row => column.Values[row])) ? MissingReason.NotFinite
            : most == Rows.Length ? MissingReason.Constant
            : most > column.LargestShare * Rows.Length ? MissingReason.NearlyConstant
            : null;
    }
}
