using AlignedProbing.Numerics;
using AlignedProbing.Probing.Training;

namespace AlignedProbing.Probing.Probes;

/// <summary>
/// The normal equations of one training set for all its label columns. With fewer rows than features the dual is solved, whose matrix is rows by rows: the same
/// weights at less cost. The Gram matrix is made from the training rows, centred first: subtracting held-out rows from one of all rows would save a third of it
/// (development rows differ by fold) and lose digits. Rows are centred a block at a time, so that memory does not grow with their number.
/// </summary>
internal sealed unsafe class RidgeSystem
{
    private const int Strip = 8;

    // Rows centred at a time: whole panels of the Gram matrix, so that its sums are those of all rows at once.
    private const int Block = 10 * SymmetricKernels.Panel;

    private readonly ProbeProblem _problem;
    private readonly int _width;
    private readonly bool _dual;
    private readonly int _size;
    private readonly long _matrixStride;
    private readonly AlignedMemory<double>? _rows;
    private readonly long _rowStride;
    private readonly AlignedMemory<double> _gram;
    private readonly AlignedMemory<double> _factor;
    private readonly AlignedMemory<double> _row;
    private readonly double[][] _right;
    private readonly double[] _labelMeans;
    private readonly double[] _solution;
    private readonly double[] _weights;

    public RidgeSystem(ProbeProblem problem)
    {
        _problem = problem;
        _width = problem.Features.Width;
        _dual = problem.Train.Length < _width;
        _size = _dual ? problem.Train.Length : _width;
        _matrixStride = AlignedMemory<double>.OddStride(_size);
        FeatureMeans = Means();
        _labelMeans = [.. problem.Labels.Select(labels => problem.Train.Average(row => (double)labels[row]))];
        _gram = new AlignedMemory<double>(_size * _matrixStride);
        _factor = new AlignedMemory<double>(_size * _matrixStride);
        _row = new AlignedMemory<double>(_width);
        if (_dual)
        {
            _rowStride = AlignedMemory<double>.OddStride(_width);
            _rows = CentredRows();
            SymmetricKernels.Gram(_rows.Pointer, _size, AlignedMemory<double>.Padded(_width), _rowStride, _gram.Pointer, _matrixStride);
            _right = [.. problem.Labels.Select((_, column) => CentredLabels(column))];
        }
        else
        {
            _right = AddBlocks();
        }

        _solution = new double[_size];
        _weights = new double[_width];
    }

    public double[] FeatureMeans { get; }

    public double LabelMean(int column) => _labelMeans[column];

    /// <summary>Factors the matrix with a penalty on its diagonal; false where it is not positive definite in float64.</summary>
    public bool Factor(double penalty)
    {
        _gram.Span.CopyTo(_factor.Span);
        for (var i = 0; i < _size; i++)
        {
            _factor.Pointer[(i * _matrixStride) + i] += penalty;
        }

        return SymmetricKernels.Cholesky(_factor.Pointer, _size, _matrixStride);
    }

    /// <summary>The weights of a label column under the penalty factored last; overwritten by the next call.</summary>
    public double[] Solve(int column)
    {
        _right[column].CopyTo(_solution, 0);
        fixed (double* solution = _solution)
        {
            SymmetricKernels.Solve(_factor.Pointer, _size, _matrixStride, solution);
        }

        if (!_dual)
        {
            return _solution;
        }

        Array.Clear(_weights);
        fixed (double* weights = _weights)
        {
            for (var row = 0; row < _size; row++)
            {
                SymmetricKernels.AddScaled(weights, _rows!.Pointer + (row * _rowStride), _solution[row], _width);
            }
        }

        return _weights;
    }

    /// <summary>Mean squared error on the development rows.</summary>
    public double DevelopmentError(int column, double[] weights)
    {
        var (labels, squares) = (_problem.Labels[column], 0.0);
        fixed (double* coefficients = weights)
        {
            foreach (var row in _problem.Development)
            {
                Centre(row, _row.Pointer);
                var difference = _labelMeans[column] + SymmetricKernels.Dot(_row.Pointer, coefficients, _width) - labels[row];
                squares += difference * difference;
            }
        }

        return squares / _problem.Development.Length;
    }

    private double[] Means()
    {
        var means = new double[_width];
        foreach (var row in _problem.Train)
        {
            var features = _problem.Features.Row(row);
            for (var i = 0; i < _width; i++)
            {
                means[i] += features[i];
            }
        }

        for (var i = 0; i < _width; i++)
        {
            means[i] /= _problem.Train.Length;
        }

        return means;
    }

    // [training rows, width]
    private AlignedMemory<double> CentredRows()
    {
        var centred = new AlignedMemory<double>(_size * _rowStride);
        for (var t = 0; t < _size; t++)
        {
            Centre(_problem.Train[t], centred.Pointer + (t * _rowStride));
        }

        return centred;
    }

    // Adds all training rows to the Gram matrix, and returns the right sides: for each column of labels the products of features and labels.
    private double[][] AddBlocks()
    {
        const int Lanes = SymmetricKernels.DotLanes;
        var (train, stride) = (_problem.Train, AlignedMemory<double>.OddStride(Block));
        var turned = new AlignedMemory<double>((long)_width * stride);
        var strip = new AlignedMemory<double>((long)Strip * _width);
        double[][] labels = [.. _problem.Labels.Select((_, column) => CentredLabels(column))];
        double[][] lanes = [.. labels.Select(_ => new double[_width * Lanes])];
        double[][] right = [.. labels.Select(_ => new double[_width])];
        for (var start = 0; start < train.Length; start += Block)
        {
            var count = Math.Min(Block, train.Length - start);
            Turn(start, count, turned, stride, strip);
            SymmetricKernels.Gram(turned.Pointer, _width, AlignedMemory<double>.Padded(count), stride, _gram.Pointer, _matrixStride);
            for (var column = 0; column < labels.Length; column++)
            {
                fixed (double* y = labels[column], sums = lanes[column])
                {
                    for (var i = 0; i < _width; i++)
                    {
                        var x = turned.Pointer + ((long)i * stride);
                        SymmetricKernels.AddDot(x, y + start, count, sums + (i * Lanes));
                        if (start + count == train.Length)
                        {
                            right[column][i] = SymmetricKernels.EndDot(x, y + start, count, sums + (i * Lanes));
                        }
                    }
                }
            }
        }

        return right;
    }

    // Centred rows as [width, rows]: in strips of eight rows, so that a whole cache line is written at a time.
    private void Turn(int start, int count, AlignedMemory<double> turned, long stride, AlignedMemory<double> strip)
    {
        for (var first = 0; first < count; first += Strip)
        {
            var wide = Math.Min(Strip, count - first);
            for (var t = 0; t < wide; t++)
            {
                Centre(_problem.Train[start + first + t], strip.Pointer + (t * _width));
            }

            for (var i = 0; i < _width; i++)
            {
                var to = turned.Pointer + (i * stride) + first;
                for (var t = 0; t < Strip; t++)
                {
                    to[t] = t < wide ? strip.Pointer[(t * _width) + i] : 0;
                }
            }
        }
    }

    private void Centre(int row, double* to)
    {
        var features = _problem.Features.Row(row);
        for (var i = 0; i < _width; i++)
        {
            to[i] = features[i] - FeatureMeans[i];
        }
    }

    private double[] CentredLabels(int column)
    {
        var labels = new double[_problem.Train.Length];
        for (var t = 0; t < labels.Length; t++)
        {
            labels[t] = _problem.Labels[column][_problem.Train[t]] - _labelMeans[column];
        }

        return labels;
    }
}
