namespace AlignedProbing.Statistics;

/// <summary>
/// Interplay within one model, over prompts: the partial correlation of what a probe takes a prompt for and of how toxic its continuations are, given the
/// prompt's true score. Above 0: the model writes more toxically where it takes a prompt for more toxic than it is.
/// </summary>
public static class WithinModel
{
    /// <summary>The name that <see cref="Estimate.Estimator"/> gets.</summary>
    public const string Estimator = "bootstrap-percentile-within-folds";

    /// <summary>A fold with fewer prompts than this has no partial correlation.</summary>
    public const int FewestRows = 8;

    /// <summary>The mean over folds of the partial correlation of prediction and behaviour, given the true score and its square.</summary>
    /// <param name="predicted">Out-of-fold predictions of the true score, a prompt each.</param>
    /// <param name="behavior">The prompts' behaviour, such as the maximum over their continuations.</param>
    /// <param name="truth">The prompts' true scores.</param>
    /// <param name="folds">The fold that tested each prompt, numbered from 0 without gaps: predictions of two folds are not pooled.</param>
    /// <param name="ranks">Whether ranks within the fold stand for the values.</param>
    /// <param name="resamples">Resamples of prompts within folds; the predictions are kept.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>No value where one fold has none: two figures side by side rest on the same prompts.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static Estimate PartialCorrelation(
        double[] predicted,
        double[] behavior,
        double[] truth,
        int[] folds,
        bool ranks = false,
        int resamples = 1000,
        int seed = 0)
    {
        ArgumentNullException.ThrowIfNull(predicted);
        ArgumentNullException.ThrowIfNull(behavior);
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(folds);
        if (behavior.Length != predicted.Length || truth.Length != predicted.Length || folds.Length != predicted.Length)
        {
            throw new ArgumentException($"{predicted.Length} predictions, {behavior.Length}, {truth.Length} and {folds.Length} beside them.", nameof(behavior));
        }

        var none = new Estimate { N = predicted.Length, Estimator = Estimator };
        if (predicted.Length == 0)
        {
            return none with { Reason = Undefined.TooFewRows };
        }

        var members = MembersOf(folds);
        var whole = Mean(members.Select(rows => Of(predicted, behavior, truth, rows, ranks)));
        if (whole.Value is not { } value)
        {
            return none with { Reason = whole.Reason };
        }

        var values = new double[resamples];
        Parallel.For(0, resamples, resample =>
        {
            values[resample] = Mean(members.Select((rows, fold) =>
            {
                var drawn = new int[rows.Length];
                Bootstrap.DrawRows(seed, resample, drawn, fold);
                return Of(predicted, behavior, truth, Array.ConvertAll(drawn, place => rows[place]), ranks);
            })).Value ?? double.NaN;
        });
        var (low, high) = Bootstrap.Interval(values);
        return none with { Value = value, Low = low, High = high, Reason = low is null ? Undefined.TooFewRows : null };
    }

    /// <summary>The figure alone.</summary>
    internal static Statistic Whole(double[] predicted, double[] behavior, double[] truth, int[] folds) =>
        predicted.Length == 0
            ? Statistic.None(Undefined.TooFewRows)
            : Mean(MembersOf(folds).Select(rows => Of(predicted, behavior, truth, rows, ranks: false)));

    private static int[][] MembersOf(int[] folds)
    {
        var rowNumbers = Enumerable.Range(0, folds.Length);
        return [.. Enumerable.Range(0, folds.Max() + 1).Select(fold => rowNumbers.Where(row => folds[row] == fold).ToArray())];
    }

    private static Statistic Of(double[] predicted, double[] behavior, double[] truth, int[] rows, bool ranks)
    {
        if (rows.Length < FewestRows)
        {
            return Statistic.None(Undefined.TooFewRows);
        }

        var (p, b, y) = (Take(predicted, rows, ranks), Take(behavior, rows, ranks), Take(truth, rows, ranks));
        if (p is null || b is null || y is null)
        {
            return Statistic.None(Undefined.NotFinite);
        }

        // The square of the centred score: with the score itself it spans the same as the plain square, and loses no digits.
        var mean = y.Average();
        return Statistics.PartialCorrelation.Of(p, b, y, Array.ConvertAll(y, score => (score - mean) * (score - mean)));
    }

    private static double[]? Take(double[] values, int[] rows, bool ranks)
    {
        var taken = Array.ConvertAll(rows, row => values[row]);
        return !Array.TrueForAll(taken, double.IsFinite) ? null : ranks ? Ranks.Of(taken) : taken;
    }

    private static Statistic Mean(IEnumerable<Statistic> ofFolds)
    {
        var (sum, count) = (0.0, 0);
        foreach (var fold in ofFolds)
        {
            if (fold.Value is not { } value)
            {
                return fold;
            }

            (sum, count) = (sum + value, count + 1);
        }

        return Statistic.Of(sum / count);
    }
}
