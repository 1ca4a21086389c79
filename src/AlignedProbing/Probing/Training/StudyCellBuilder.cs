using AlignedProbing.Probing.Labels;
using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Probing.Training;

/// <summary>A cell while it is probed: which rows, which labels, and where results go. Tasks write to disjoint places of it.</summary>
internal sealed class StudyCellBuilder
{
    private readonly bool _randomized;
    private readonly bool _isMany;
    private readonly LabelQuartiles _quartiles;
    private float[] _scaled = [];
    private int[] _folds = [];
    private float[][] _predictions = [];
    private float[][][] _probabilities = [];
    private StudyRun[] _runs = [];
    private OnlineCode[] _codes = [];
    private IReadOnlyList<FittedDirection>[] _directions = [];
    private (double Low, double High) _range;

    /// <param name="features">The vectors.</param>
    /// <param name="column">The labels.</param>
    /// <param name="mostClasses">Of a classifier the most classes it tells apart; 0 for other probes.</param>
    /// <param name="finite">Which vectors are finite.</param>
    /// <param name="seeds">The seeds.</param>
    /// <param name="randomized">Whether labels are permuted.</param>
    /// <param name="groups">Groups of the rows; null where every row is its own.</param>
    public StudyCellBuilder(
        FeatureMatrix features,
        LabelColumn column,
        int mostClasses,
        bool[] finite,
        IReadOnlyList<int> seeds,
        bool randomized,
        IReadOnlyList<int>? groups)
    {
        (Features, Seeds, _randomized, Groups) = (features, seeds, randomized, groups);
        Rows = [.. Enumerable.Range(0, features.Rows).Where(row => finite[row] && double.IsFinite(column.Values[row]))];
        Missing = Judge(column);
        if (Missing is null && mostClasses > 0)
        {
            var classes = ClassLabels.Of(column, Rows, mostClasses);
            (_isMany, Classes, Missing) = (
                mostClasses > 2,
                classes.Names,
                classes.Missing ?? (classes.Numbers.Distinct().Count() == 1 ? MissingReason.Constant : null));
            _scaled = Array.ConvertAll(classes.Numbers, number => (float)number);
            _quartiles = Missing is null ? LabelQuartiles.Of(_scaled) : default;
            _range = (0, 1);
        }
        else if (Missing is null)
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

    /// <summary>Names of the classes; empty where labels are numbers.</summary>
    public IReadOnlyList<string> Classes { get; } = [];

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
        _probabilities = _isMany ? [.. Seeds.Select(_ => (float[][])[.. Classes.Select(_ => new float[Rows.Length])])] : [];
        _runs = new StudyRun[Seeds.Count * folds.Count];
        _directions = new IReadOnlyList<FittedDirection>[_runs.Length];
    }

    /// <summary>Takes the fit of one fold and seed.</summary>
    /// <param name="fold">The fold.</param>
    /// <param name="seedIndex">Index of the seed.</param>
    /// <param name="labels">The labels that it saw.</param>
    /// <param name="fit">The fit.</param>
    /// <param name="scaling">How features were standardised; null where they were raw.</param>
    public void Take(Fold fold, int seedIndex, float[] labels, ProbeFit fit, FeatureScaling? scaling)
    {
        _directions[(seedIndex * Fold.Count) + fold.Number] = scaling is null ? fit.Directions : [.. fit.Directions.Select(scaling.Unscaled)];
        var predicted = new double[fold.Test.Count];
        var actual = new double[fold.Test.Count];
        for (var i = 0; i < predicted.Length; i++)
        {
            _predictions[seedIndex][fold.Test[i]] = fit.Predictions[i];
            (predicted[i], actual[i]) = (fit.Predictions[i], labels[fold.Test[i]]);
        }

        var run = new StudyRun(Seeds[seedIndex], fold.Number, predicted.Length, fold.Train.Count, null, null, fit.Epoch, fit.Penalty, null);
        _runs[(seedIndex * Fold.Count) + fold.Number] = _isMany
            ? OfClasses(run, fold, seedIndex, fit.LogProbabilities!, predicted, actual)
            : OfNumbers(run, fit, predicted, actual);
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
        Probabilities = _probabilities,
        Classes = Missing is null ? Classes : [],
        Runs = _runs,
        Codes = _codes,
        Directions = _directions,
        LabelRange = _range,
    };

    private StudyRun OfNumbers(StudyRun run, ProbeFit fit, double[] predicted, double[] actual)
    {
        var r = Pearson.Of(predicted, actual);
        run = run with
        {
            R = r.Value,
            Missing = r.Reason,
            Mse = Moments.MeanSquaredError(predicted, actual).Value,
            Spearman = Spearman.Of(predicted, actual).Value,
            R2 = Determination.Of(predicted, actual).Value,
            Lower = _quartiles.Strength(LabelPart.Lower, predicted, actual),
            Middle = _quartiles.Strength(LabelPart.Middle, predicted, actual),
            Upper = _quartiles.Strength(LabelPart.Upper, predicted, actual),
        };
        if (fit.LogProbabilities is null)
        {
            return run;
        }

        var (f1, auroc) = (TwoClasses.MacroF1(predicted, actual), TwoClasses.Auroc(predicted, actual));
        run = run with { ClassN = ClassCounts(actual), MissingMacro = r.Reason == Undefined.NotFinite ? r.Reason : auroc.Reason };
        return r.Reason == Undefined.NotFinite ? run : run with
        {
            Accuracy = TwoClasses.Accuracy(predicted, actual).Value,
            MacroF1 = f1.Value,
            Auroc = auroc.Value,
            CrossEntropy = ManyClasses.CrossEntropy(fit.LogProbabilities, actual).Value,
        };
    }

    private StudyRun OfClasses(StudyRun run, Fold fold, int seedIndex, float[][] logProbabilities, double[] predicted, double[] actual)
    {
        double[][] probabilities = [.. logProbabilities.Select(values => Array.ConvertAll(values, value => Math.Exp(value)))];
        for (var k = 0; k < probabilities.Length; k++)
        {
            for (var i = 0; i < predicted.Length; i++)
            {
                _probabilities[seedIndex][k][fold.Test[i]] = (float)probabilities[k][i];
            }
        }

        run = run with { ClassN = ClassCounts(actual) };
        if (predicted.Any(value => !double.IsFinite(value)))
        {
            return run with { Missing = Undefined.NotFinite, MissingMacro = Undefined.NotFinite };
        }

        // From the probabilities as they are stored, so that who reads them finds the same figures.
        double[][] stored = [.. probabilities.Select(values => Array.ConvertAll(values, value => (double)(float)value))];
        var (r, auroc) = (ManyClasses.R(stored, actual), ManyClasses.Auroc(stored, actual));
        return run with
        {
            R = r.Value,
            Missing = r.Reason,
            Accuracy = ManyClasses.Accuracy(predicted, actual).Value,
            MacroF1 = ManyClasses.MacroF1(predicted, actual, Classes.Count).Value,
            Auroc = auroc.Value,
            MissingMacro = auroc.Reason,
            CrossEntropy = ManyClasses.CrossEntropy(logProbabilities, actual).Value,
        };
    }

    private int[] ClassCounts(double[] actual)
    {
        var counts = new int[Classes.Count];
        foreach (var row in actual)
        {
            counts[(int)row]++;
        }

        return counts;
    }

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
