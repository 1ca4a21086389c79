using AlignedProbing.Numerics;
using AlignedProbing.Probing.Training;

namespace AlignedProbing.Probing.Probes;

/// <summary>
/// The normal equations of one training set for all its label columns. With fewer rows than features the dual is solved, whose matrix is rows by rows: the same
/// weights at less cost.
/// The Gram matrix is made from the training rows, centred first: subtracting held-out rows from one of all rows would save a third of it (development rows
/// differ by fold) and lose digits.
/// </summary>
internal sealed unsafe class RidgeSystem
{
    private const int Strip = 8;

    private readonly ProbeProblem _problem;
    private readonly int _width;
    private readonly bool _dual;
    private readonly int _size;
    private readonly int _length;
    private readonly long _stride;
    private readonly long _matrixStride;
    private readonly AlignedMemory<double> _rows;
    private readonly AlignedMemory<double> _gram;
    private readonly AlignedMemory<double> _factor;
    private readonly AlignedMemory<double> _development;
    private readonly double[][] _right;
    private readonly double[] _labelMeans;
    private readonly double[] _solution;
    private readonly double[] _weights;

    public RidgeSystem(ProbeProblem problem)
    {
        _problem = problem;
        _width = problem.Features.Width;
        _dual = problem.Train.Length < _width;
        (_size, _length) = _dual ? (problem.Train.Length, _width) : (_width, problem.Train.Length);
        _stride = AlignedMemory<double>.OddStride(_length);
        _matrixStride = AlignedMemory<double>.OddStride(_size);
        FeatureMeans = Means();
        _labelMeans = [.. problem.Labels.Select(labels => problem.Train.Average(row => (double)labels[row]))];
        _rows = Centred();
        _development = new AlignedMemory<double>((long)problem.Development.Length * _width);
        for (var place = 0; place < problem.Development.Length; place++)
        {
            Centre(problem.Development[place], _development.Pointer + (place * (long)_width));
        }

        _gram = new AlignedMemory<double>(_size * _matrixStride);
        _factor = new AlignedMemory<double>(_size * _matrixStride);
        SymmetricKernels.Gram(_rows.Pointer, _size, AlignedMemory<double>.Padded(_length), _stride, _gram.Pointer, _matrixStride);
        _right = [.. Enumerable.Range(0, problem.Labels.Count).Select(RightSide)];
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
                SymmetricKernels.AddScaled(weights, _rows.Pointer + (row * _stride), _solution[row], _width);
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
            for (var place = 0; place < _problem.Development.Length; place++)
            {
                var difference =
                    _labelMeans[column]
                    + SymmetricKernels.Dot(_development.Pointer + (place * (long)_width), coefficients, _width)
                    - labels[_problem.Development[place]];
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

    // Rows of the result: features over training rows, or (dual) training rows over features.
    private AlignedMemory<double> Centred()
    {
        var centred = new AlignedMemory<double>(_size * _stride);
        if (_dual)
        {
            for (var t = 0; t < _size; t++)
            {
                Centre(_problem.Train[t], centred.Pointer + (t * _stride));
            }

            return centred;
        }

        // Turned in strips of eight rows, so that a whole cache line is written at a time.
        var strip = new AlignedMemory<double>((long)Strip * _width);
        for (var start = 0; start < _length; start += Strip)
        {
            var count = Math.Min(Strip, _length - start);
            for (var t = 0; t < count; t++)
            {
                Centre(_problem.Train[start + t], strip.Pointer + (t * _width));
            }

            for (var i = 0; i < _width; i++)
            {
                for (var t = 0; t < count; t++)
                {
                    centred.Pointer[(i * _stride) + start + t] = strip.Pointer[(t * _width) + i];
                }
            }
        }

        return centred;
    }

    private void Centre(int row, double* to)
    {
        var features = _problem.Features.Row(row);
        for (var i = 0; i < _width; i++)
        {
            to[i] = features[i] - FeatureMeans[i];
        }
    }

    private double[] RightSide(int column)
    {
        var labels = new double[_problem.Train.Length];
        for (var t = 0; t < labels.Length; t++)
        {
            labels[t] = _problem.Labels[column][_problem.Train[t]] - _labelMeans[column];
        }

        if (_dual)
        {
            return labels;
        }

        var right = new double[_size];
        fixed (double* y = labels)
        {
            for (var i = 0; i < _size; i++)
            {
                right[i] = SymmetricKernels.Dot(_rows.Pointer + (i * _stride), y, labels.Length);
            }
        }

        return right;
    }
}
