using AlignedProbing.Analysis.Behavior;

namespace AlignedProbing.Analysis.ScorerComparisons;

/// <summary>
/// Measures of agreement of two series of scores whose rows count a number of times: the bootstrap's form. Sorting is done once, so that a resample costs one
/// pass over the rows.
/// </summary>
internal sealed class AgreementMeasures
{
    /// <summary>What is measured, in the order of the results.</summary>
    public static readonly IReadOnlyList<string> Names = ["pearson", "spearman", "same-side", "difference", "rmse", "calibration-error"];

    /// <summary>Bins of equal width for calibration.</summary>
    public const int Bins = 10;

    private readonly double[] _first;
    private readonly double[] _second;
    private readonly int[] _cluster;
    private readonly int[] _bySecond;

    public AgreementMeasures(double[] first, double[] second, int[] cluster)
    {
        // Rows stand in the order of the first's scores, so that its ranks come from one walk through memory.
        var order = Order(first);
        _first = [.. order.Select(i => first[i])];
        _second = [.. order.Select(i => second[i])];
        _cluster = [.. order.Select(i => cluster[i])];
        _bySecond = Order(_second);
    }

    /// <summary>Working memory of one thread.</summary>
    /// <param name="rows">Number of rows.</param>
    internal sealed class Buffers(int rows)
    {
        public double[] Weights { get; } = new double[rows];

        public double[] RanksFirst { get; } = new double[rows];

        public double[] RanksSecond { get; } = new double[rows];
    }

    /// <summary>Working memory for <see cref="Compute"/>.</summary>
    public Buffers NewBuffers() => new(_first.Length);

    /// <summary>The bin a score belongs to.</summary>
    public static int BinOf(double score) => Math.Min((int)(score * Bins), Bins - 1);

    /// <summary>The measures of the rows, each counted as often as its cluster; NaN where one is not defined.</summary>
    /// <param name="counts">How often each cluster counts.</param>
    /// <param name="buffers">Working memory, of one thread alone.</param>
    /// <param name="results">One for each of <see cref="Names"/>.</param>
    public void Compute(ReadOnlySpan<int> counts, Buffers buffers, Span<double> results)
    {
        var (weights, ranksFirst, ranksSecond) = (buffers.Weights, buffers.RanksFirst, buffers.RanksSecond);
        var (total, same, difference, squares) = (0.0, 0.0, 0.0, 0.0);
        Span<double> binFirst = stackalloc double[Bins], binSecond = stackalloc double[Bins];
        binFirst.Clear();
        binSecond.Clear();
        for (var i = 0; i < weights.Length; i++)
        {
            double weight = weights[i] = counts[_cluster[i]];
            var (x, y) = (_first[i], _second[i]);
            total += weight;
            same += (x >= BehaviorAnalysis.ToxicFrom) == (y >= BehaviorAnalysis.ToxicFrom) ? weight : 0;
            difference += weight * (x - y);
            squares += weight * (x - y) * (x - y);
            var bin = BinOf(x);
            binFirst[bin] += weight * x;
            binSecond[bin] += weight * y;
        }

        var error = 0.0;
        for (var bin = 0; bin < Bins; bin++)
        {
            error += Math.Abs(binFirst[bin] - binSecond[bin]);
        }

        Rank(_first, null, weights, ranksFirst);
        Rank(_second, _bySecond, weights, ranksSecond);
        results[0] = Statistics.Pearson.Weighted(_first, _second, weights).Value ?? double.NaN;
        results[1] = Statistics.Pearson.Weighted(ranksFirst, ranksSecond, weights).Value ?? double.NaN;
        results[2] = same / total;
        results[3] = difference / total;
        results[4] = Math.Sqrt(squares / total);
        results[5] = error / total;
    }

    private static int[] Order(double[] values)
    {
        var order = Enumerable.Range(0, values.Length).ToArray();
        Array.Sort((double[])values.Clone(), order);
        return order;
    }

    // Mid-ranks of the series in which each row stands as often as its weight says; without an order the rows are in order already.
    private static void Rank(double[] values, int[]? order, double[] weights, double[] ranks)
    {
        var before = 0.0;
        for (var start = 0; start < values.Length;)
        {
            var (end, weight) = (start, 0.0);
            for (var value = values[At(start)]; end < values.Length && values[At(end)] == value; end++)
            {
                weight += weights[At(end)];
            }

            for (var i = start; i < end; i++)
            {
                ranks[At(i)] = before + ((weight + 1) / 2);
            }

            before += weight;
            start = end;
        }

        int At(int place) => order is null ? place : order[place];
    }
}
