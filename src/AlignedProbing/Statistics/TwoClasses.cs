namespace AlignedProbing.Statistics;

/// <summary>How well probabilities of the second of two classes tell them apart.</summary>
public static class TwoClasses
{
    /// <summary>The share of rows whose class is the more probable one; from .5 on that is the second.</summary>
    public static Statistic Accuracy(ReadOnlySpan<double> probability, ReadOnlySpan<double> actual)
    {
        var right = 0;
        for (var i = 0; i < actual.Length; i++)
        {
            right += (probability[i] >= 0.5) == (actual[i] >= 0.5) ? 1 : 0;
        }

        return actual.Length == 0 ? Statistic.None(Undefined.TooFewRows) : Statistic.Of((double)right / actual.Length);
    }

    /// <summary>The mean over both classes of F1, the harmonic mean of precision and recall; undefined where only one class is there.</summary>
    public static Statistic MacroF1(ReadOnlySpan<double> probability, ReadOnlySpan<double> actual)
    {
        Span<int> counts = stackalloc int[4];
        for (var i = 0; i < actual.Length; i++)
        {
            counts[(actual[i] >= 0.5 ? 2 : 0) + (probability[i] >= 0.5 ? 1 : 0)]++;
        }

        var wrong = counts[1] + counts[2];
        return counts[0] + counts[1] == 0 || counts[2] + counts[3] == 0
            ? Statistic.None(Undefined.Constant)
            : Statistic.Of(((2.0 * counts[0] / ((2 * counts[0]) + wrong)) + (2.0 * counts[3] / ((2 * counts[3]) + wrong))) / 2);
    }

    /// <summary>
    /// The area under the receiver operating characteristic: the chance that a row of the second class has the higher probability of two, ties counted half.
    /// Undefined where only one class is there.
    /// </summary>
    public static Statistic Auroc(ReadOnlySpan<double> probability, ReadOnlySpan<double> actual)
    {
        foreach (var value in probability)
        {
            if (!double.IsFinite(value))
            {
                return Statistic.None(Undefined.NotFinite);
            }
        }

        var (ranks, sum, second) = (Ranks.Of(probability), 0.0, 0);
        for (var i = 0; i < actual.Length; i++)
        {
            if (actual[i] >= 0.5)
            {
                sum += ranks[i];
                second++;
            }
        }

        var first = actual.Length - second;
        return first == 0 || second == 0 ? Statistic.None(Undefined.Constant) : Statistic.Of((sum - (second * (second + 1) / 2.0)) / ((double)first * second));
    }
}
