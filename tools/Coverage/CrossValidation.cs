using AlignedProbing.Probing.Probes;
using AlignedProbing.Probing.Training;
using AlignedProbing.Statistics;

namespace AlignedProbing.Tools.Coverage;

/// <summary>One cross-validation of ridge probes over four folds: predictions, correlations by fold, and the probes' true ones.</summary>
internal sealed class CrossValidation
{
    private static readonly RidgeProbe Probe = new();

    private CrossValidation(int[][] tests, double[][] predicted, double[][] actual, double[] r, double[] truth) =>
        (Tests, Predicted, Actual, R, Truth) = (tests, predicted, actual, r, truth);

    public int[][] Tests { get; }

    public double[][] Predicted { get; }

    public double[][] Actual { get; }

    public double[] R { get; }

    public double[] Truth { get; }

    public double Mean => R.Average();

    /// <summary>The product's folds where nothing is drawn, or folds of a random order of rows.</summary>
    public static CrossValidation Of(Sample sample, int[] rows, Random? random)
    {
        var order = rows.ToArray();
        random?.Shuffle(order);
        var folds = Fold.Split(order.Length).Select(fold => (Train: At(fold.Train), Development: At(fold.Development), Test: At(fold.Test))).ToArray();
        return Of(sample, folds);

        int[] At(IReadOnlyList<int> places) => [.. places.Select(place => order[place])];
    }

    /// <summary>Rows drawn with repetition; all copies of a row are kept within one fold.</summary>
    public static CrossValidation Drawn(Sample sample, int[] rows)
    {
        var folds = Fold.Split(rows).Select(fold => (Train: At(fold.Train), Development: At(fold.Development), Test: At(fold.Test))).ToArray();
        return Of(sample, folds);

        int[] At(IReadOnlyList<int> places) => [.. places.Select(place => rows[place])];
    }

    private static CrossValidation Of(Sample sample, (int[] Train, int[] Development, int[] Test)[] folds)
    {
        var (predicted, actual, r, truth) = (new double[folds.Length][], new double[folds.Length][], new double[folds.Length], new double[folds.Length]);
        for (var k = 0; k < folds.Length; k++)
        {
            var (train, development, test) = folds[k];
            var fit = Fit(sample, train, development, test);
            predicted[k] = Array.ConvertAll(fit.Predictions, value => (double)value);
            actual[k] = Array.ConvertAll(test, row => (double)sample.Labels[row]);
            r[k] = Pearson.Of(predicted[k], actual[k]).Value ?? 0;
            truth[k] = sample.TrueR(fit.Directions[0].Weights);
        }

        return new CrossValidation([.. folds.Select(fold => fold.Test)], predicted, actual, r, truth);
    }

    private static ProbeFit Fit(Sample sample, int[] train, int[] development, int[] test) =>
        Probe.Fit(
            new ProbeProblem
            {
                Features = sample.Features,
                Labels = [sample.Labels],
                Train = train,
                Development = development,
                Test = test,
                Fold = 0,
                Seed = 0,
            },
            CancellationToken.None)[0];
}
