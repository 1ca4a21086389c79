namespace AlignedProbing.Statistics;

/// <summary>
/// How well predicted classes, numbered from 0, and their probabilities tell several classes apart. With two classes every figure is that of
/// <see cref="TwoClasses"/>, and <see cref="R"/> is Pearson's.
/// </summary>
public static class ManyClasses
{
    /// <summary>The share of rows whose class is the one predicted.</summary>
    public static Statistic Accuracy(ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual)
    {
        var right = 0;
        for (var i = 0; i < actual.Length; i++)
        {
            right += predicted[i] == actual[i] ? 1 : 0;
        }

        return actual.Length == 0 ? Statistic.None(Undefined.TooFewRows) : Statistic.Of((double)right / actual.Length);
    }

    /// <summary>The mean over classes of F1, the harmonic mean of precision and recall; undefined where a class has no row.</summary>
    /// <param name="predicted">Predicted classes.</param>
    /// <param name="actual">The classes.</param>
    /// <param name="classes">Number of classes.</param>
    public static Statistic MacroF1(ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual, int classes)
    {
        var (right, named, there) = (new int[classes], new int[classes], new int[classes]);
        for (var i = 0; i < actual.Length; i++)
        {
            var (prediction, row) = ((int)predicted[i], (int)actual[i]);
            there[row]++;
            named[prediction]++;
            right[row] += prediction == row ? 1 : 0;
        }

        if (Absent(there) is { } reason)
        {
            return Statistic.None(reason);
        }

        var sum = 0.0;
        for (var k = 0; k < classes; k++)
        {
            sum += 2.0 * right[k] / (named[k] + there[k]);
        }

        return Statistic.Of(sum / classes);
    }

    /// <summary>
    /// The mean over classes of the area under the receiver operating characteristic of each class against the rest; undefined where a class has no row.
    /// </summary>
    /// <param name="probability">Anything that grows with each class's probability: [class][row].</param>
    /// <param name="actual">The classes.</param>
    public static Statistic Auroc(IReadOnlyList<double[]> probability, ReadOnlySpan<double> actual)
    {
        ArgumentNullException.ThrowIfNull(probability);
        var there = new int[probability.Count];
        foreach (var row in actual)
        {
            there[(int)row]++;
        }

        if (Absent(there) is { } reason)
        {
            return Statistic.None(reason);
        }

        var (sum, isClass) = (0.0, new double[actual.Length]);
        for (var k = 0; k < probability.Count; k++)
        {
            for (var row = 0; row < isClass.Length; row++)
            {
                isClass[row] = actual[row] == k ? 1 : 0;
            }

            var area = TwoClasses.Auroc(probability[k], isClass);
            if (area.Value is null)
            {
                return area;
            }

            sum += area.Value.Value;
        }

        return Statistic.Of(sum / probability.Count);
    }

    /// <summary>
    /// The correlation of probabilities with classes: Gorodkin's R_K (2004, "Comparing two K-category assignments by a K-category correlation coefficient") of
    /// the matrix of probabilities and the matrix that has 1 where a row is of a class: the sum over classes of their covariances over the root of the product
    /// of the sums of their variances. 1 for certain and right, 0 for probabilities that do not vary with the class. Undefined where either does not vary.
    /// </summary>
    /// <param name="probability">Probabilities: [class][row].</param>
    /// <param name="actual">The classes.</param>
    public static Statistic R(IReadOnlyList<double[]> probability, ReadOnlySpan<double> actual)
    {
        ArgumentNullException.ThrowIfNull(probability);
        if (actual.Length < 2)
        {
            return Statistic.None(Undefined.TooFewRows);
        }

        var (covariance, ofProbability, ofClass) = (0.0, 0.0, 0.0);
        for (var k = 0; k < probability.Count; k++)
        {
            var (mean, share) = (0.0, 0.0);
            for (var row = 0; row < actual.Length; row++)
            {
                mean += probability[k][row];
                share += actual[row] == k ? 1 : 0;
            }

            (mean, share) = (mean / actual.Length, share / actual.Length);
            for (var row = 0; row < actual.Length; row++)
            {
                var (x, y) = (probability[k][row] - mean, (actual[row] == k ? 1 : 0) - share);
                covariance += x * y;
                ofProbability += x * x;
                ofClass += y * y;
            }
        }

        // As Pearson judges: differences below this share of the largest value are rounding.
        const double Rounding = 1e-13;
        return !double.IsFinite(ofProbability) ? Statistic.None(Undefined.NotFinite)
            : ofClass == 0 || Math.Sqrt(ofProbability) <= Rounding * Math.Sqrt(actual.Length) ? Statistic.None(Undefined.Constant)
            : Statistic.Of(Math.Clamp(covariance / Math.Sqrt(ofProbability * ofClass), -1, 1));
    }

    /// <summary>The mean over rows of -log of the probability given to the row's class, in nats.</summary>
    /// <param name="logProbability">Natural logarithms of probabilities: [class][row].</param>
    /// <param name="actual">The classes.</param>
    public static Statistic CrossEntropy(IReadOnlyList<float[]> logProbability, ReadOnlySpan<double> actual)
    {
        ArgumentNullException.ThrowIfNull(logProbability);
        var sum = 0.0;
        for (var row = 0; row < actual.Length; row++)
        {
            sum -= logProbability[(int)actual[row]][row];
        }

        return actual.Length == 0 ? Statistic.None(Undefined.TooFewRows) : Statistic.Of(sum / actual.Length);
    }

    private static string? Absent(int[] there)
    {
        var classes = there.Count(count => count > 0);
        return classes == there.Length ? null : classes <= 1 ? Undefined.Constant : Undefined.ClassAbsent;
    }
}
