using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.Strength;

/// <summary>
/// The columns that r of several classes is made of (<see cref="ManyClasses.R"/>): of each series of labels where a row is of a class, of each seed the
/// probabilities; both centred within each fold, probabilities also scaled, so that float32 sums hold enough digits.
/// </summary>
internal sealed class ClassStrengthColumns : IStrengthColumns
{
    // Of a variance of 1: what is left of it where a resample drew one value only.
    private const double NoVariance = 1e-5;

    private readonly CellSeries _cell;
    private readonly double[][][] _probabilities;
    private readonly int _classes;
    private readonly int _ofLabels;

    public ClassStrengthColumns(CellSeries cell)
    {
        (_cell, _probabilities, _classes) = (cell, cell.Probabilities!, cell.Probabilities![0].Length);
        _ofLabels = cell.Labels.Length * (_classes + 1);
        var ones = new double[cell.Rows.Count];
        ones.AsSpan().Fill(1);
        List<double[]> columns = [ones];
        double[][][] labels =
        [
            .. cell.Labels.Select(series => Scaled([.. Enumerable.Range(0, _classes).Select(k => Array.ConvertAll(series, label => label == k ? 1.0 : 0))])),
        ];
        foreach (var series in labels)
        {
            columns.AddRange([.. series, Products(series, series)]);
        }

        foreach (var (seed, series) in _probabilities.Select(Scaled).Index())
        {
            columns.AddRange([.. series, Products(series, series), Products(series, labels[labels.Length == 1 ? 0 : seed])]);
        }

        Values = [.. columns.Select(column => Array.ConvertAll(column, value => (float)value))];
    }

    public float[][] Values { get; }

    public (double R, double Partial) InSample(int fold, int seed)
    {
        var (start, end) = (_cell.Rows.FoldStarts[fold], _cell.Rows.FoldStarts[fold + 1]);
        return (
            ManyClasses.R([.. _probabilities[seed].Select(values => values[start..end])], LabelsOf(seed).AsSpan(start..end)).Value ?? double.NaN,
            double.NaN);
    }

    public double InResample(ReadOnlySpan<float> sums, int seed)
    {
        double count = sums[0];
        var y = 1 + ((_cell.Labels.Length == 1 ? 0 : seed) * (_classes + 1));
        var x = 1 + _ofLabels + (seed * (_classes + 2));
        var (ofY, ofX, covariance) = (sums[y + _classes] / count, sums[x + _classes] / count, sums[x + _classes + 1] / count);
        for (var k = 0; k < _classes; k++)
        {
            var (meanY, meanX) = (sums[y + k] / count, sums[x + k] / count);
            ofY -= meanY * meanY;
            ofX -= meanX * meanX;
            covariance -= meanY * meanX;
        }

        return ofY > NoVariance && ofX > NoVariance ? Math.Clamp(covariance / Math.Sqrt(ofX * ofY), -1, 1) : double.NaN;
    }

    private static double[] Products(double[][] one, double[][] other)
    {
        var sum = new double[one[0].Length];
        for (var k = 0; k < one.Length; k++)
        {
            for (var row = 0; row < sum.Length; row++)
            {
                sum[row] += one[k][row] * other[k][row];
            }
        }

        return sum;
    }

    private double[] LabelsOf(int seed) => _cell.Labels[_cell.Labels.Length == 1 ? 0 : seed];

    // Mean 0 of every class in each fold, and variances that add up to 1; 0 throughout a fold where nothing varies or something is not finite.
    private double[][] Scaled(double[][] classes)
    {
        double[][] scaled = [.. classes.Select(values => new double[values.Length])];
        for (var fold = 0; fold < _cell.Rows.Folds; fold++)
        {
            var (start, end) = (_cell.Rows.FoldStarts[fold], _cell.Rows.FoldStarts[fold + 1]);
            double[] means = [.. classes.Select(values => values[start..end].Average())];
            var variance = classes.Index().Sum(of => of.Item[start..end].Sum(value => (value - means[of.Index]) * (value - means[of.Index]))) / (end - start);
            for (var k = 0; k < classes.Length && double.IsFinite(variance) && variance > 0; k++)
            {
                for (var row = start; row < end; row++)
                {
                    scaled[k][row] = (classes[k][row] - means[k]) / Math.Sqrt(variance);
                }
            }
        }

        return scaled;
    }
}
