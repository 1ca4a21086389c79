namespace AlignedProbing.Analysis.Strength;

/// <summary>
/// The columns whose sums correlations of a cell are made of. Labels y, predictions x and lengths l are centred and scaled within each fold, so that float32
/// sums hold enough digits and a variance near 0 means that nothing varies.
/// </summary>
internal sealed class StrengthColumns : IStrengthColumns
{
    private const int Ones = 0;

    // As Pearson judges: differences below this share of the largest value are rounding.
    private const double Rounding = 1e-13;

    private const double Explained = 1e-5;

    // Of a mean square of 1: what is left of it where a resample drew one value only.
    private const double NoVariance = 1e-5;

    private readonly CellRows _rows;
    private readonly bool _withPartial;
    private readonly int _labels;
    private readonly Series[] _y;
    private readonly Series[] _x;
    private readonly Series _l;

    public StrengthColumns(CellSeries cell, bool withPartial)
    {
        (_rows, _withPartial, _labels) = (cell.Rows, withPartial, cell.Labels.Length);
        _y = [.. cell.Labels.Select(values => new Series(_rows, values))];
        _x = [.. cell.Predictions.Select(values => new Series(_rows, values))];
        _l = new Series(_rows, cell.Lengths);
        var ones = new double[_rows.Count];
        ones.AsSpan().Fill(1);
        List<double[]> columns = [ones, .. _y.SelectMany(y => new[] { y.Values, Product(y, y) })];
        foreach (var (seed, x) in _x.Index())
        {
            columns.AddRange([x.Values, Product(x, x), Product(x, LabelsOf(seed))]);
        }

        Values = [.. columns.Select(column => Array.ConvertAll(column, value => (float)value))];
    }

    public float[][] Values { get; }

    public (double R, double Partial) InSample(int fold, int seed)
    {
        var (x, y, rows) = (_x[seed], LabelsOf(seed), _rows.FoldStarts[fold + 1] - _rows.FoldStarts[fold]);
        if (!x.Varies[fold] || !y.Varies[fold])
        {
            return (double.NaN, double.NaN);
        }

        var r = Math.Clamp(Dot(x, y, fold) / rows, -1, 1);
        return (r, _withPartial && _l.Varies[fold] ? Partial(r, Dot(x, _l, fold) / rows, Dot(_l, y, fold) / rows) : double.NaN);
    }

    public double InResample(ReadOnlySpan<float> sums, int seed)
    {
        var label = _labels == 1 ? 0 : seed;
        double count = sums[Ones];
        var (y, yy) = (sums[1 + (2 * label)] / count, sums[2 + (2 * label)] / count);
        var at = 1 + (2 * _labels) + (3 * seed);
        var (x, xx, xy) = (sums[at] / count, sums[at + 1] / count, sums[at + 2] / count);
        return Math.Clamp((xy - (x * y)) / (Deviation(xx, x) * Deviation(yy, y)), -1, 1);
    }

    // Where length is the label itself (or tells it exactly) nothing is left to correlate but rounding.
    private static double Partial(double r, double withX, double withY) =>
        1 - (withY * withY) < Explained || 1 - (withX * withX) < Explained ? double.NaN
        : (r - (withX * withY)) / Math.Sqrt((1 - (withX * withX)) * (1 - (withY * withY))) is var partial && double.IsFinite(partial)
            ? Math.Clamp(partial, -1, 1)
        : double.NaN;

    private static double Deviation(double square, double mean) =>
        square - (mean * mean) is var variance && variance > NoVariance ? Math.Sqrt(variance) : double.NaN;

    private static double[] Product(Series a, Series b)
    {
        var product = new double[a.Values.Length];
        System.Numerics.Tensors.TensorPrimitives.Multiply<double>(a.Values, b.Values, product);
        return product;
    }

    private Series LabelsOf(int seed) => _y[_labels == 1 ? 0 : seed];

    private double Dot(Series a, Series b, int fold)
    {
        var sum = 0.0;
        for (var row = _rows.FoldStarts[fold]; row < _rows.FoldStarts[fold + 1]; row++)
        {
            sum += a.Values[row] * b.Values[row];
        }

        return sum;
    }

    /// <summary>A series with mean 0 and mean square 1 in each fold; 0 throughout a fold where it does not vary or is not finite.</summary>
    private sealed class Series
    {
        public Series(CellRows rows, double[] values)
        {
            Values = new double[values.Length];
            Varies = new bool[rows.Folds];
            for (var fold = 0; fold < rows.Folds; fold++)
            {
                var (start, end) = (rows.FoldStarts[fold], rows.FoldStarts[fold + 1]);
                var (sum, largest, squares) = (0.0, 0.0, 0.0);
                for (var row = start; row < end; row++)
                {
                    sum += values[row];
                    largest = Math.Max(largest, Math.Abs(values[row]));
                }

                var mean = sum / (end - start);
                for (var row = start; row < end; row++)
                {
                    squares += (values[row] - mean) * (values[row] - mean);
                }

                Varies[fold] = double.IsFinite(squares) && Math.Sqrt(squares) > Rounding * largest * Math.Sqrt(end - start);
                var scale = Varies[fold] ? Math.Sqrt((end - start) / squares) : 0;
                for (var row = start; row < end && Varies[fold]; row++)
                {
                    Values[row] = (values[row] - mean) * scale;
                }
            }
        }

        public double[] Values { get; }

        public bool[] Varies { get; }
    }
}
