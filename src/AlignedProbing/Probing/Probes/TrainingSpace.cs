using AlignedProbing.Numerics;
using AlignedProbing.Probing.Training;

namespace AlignedProbing.Probing.Probes;

/// <summary>
/// Training rows in float64, centred by their means, and in as few coordinates as they need: the features, or an orthonormal basis of the rows where there are
/// fewer of these. Weights with a penalty on their length lie in that space whatever the loss, so nothing is lost.
/// </summary>
internal sealed unsafe class TrainingSpace
{
    // A row that keeps less than this share of its length beside those before it adds no direction but rounding.
    private const double Dependent = 1e-10;

    private readonly ProbeProblem _problem;
    private readonly int _width;
    private readonly double[] _means;
    private readonly AlignedMemory<double>? _basis;
    private readonly int _basisStride;

    public TrainingSpace(ProbeProblem problem)
    {
        (_problem, _width) = (problem, problem.Features.Width);
        _means = new double[_width];
        foreach (var row in problem.Train)
        {
            var features = problem.Features.Row(row);
            for (var i = 0; i < _width; i++)
            {
                _means[i] += features[i];
            }
        }

        for (var i = 0; i < _width; i++)
        {
            _means[i] /= problem.Train.Length;
        }

        _basisStride = AlignedMemory<double>.Padded(_width);
        Size = _width;
        if (problem.Train.Length <= _width)
        {
            _basis = new AlignedMemory<double>((long)problem.Train.Length * _basisStride);
            Size = Math.Max(1, Orthonormalise(_basis));
        }

        Train = Rows(problem.Train);
        Development = Rows(problem.Development);
        Test = Rows(problem.Test);
    }

    /// <summary>Number of coordinates.</summary>
    public int Size { get; }

    /// <summary>The training rows: [rows, Size].</summary>
    public AlignedMemory<double> Train { get; }

    /// <summary>The development rows, less the training rows' means: [rows, Size].</summary>
    public AlignedMemory<double> Development { get; }

    /// <summary>The test rows, likewise.</summary>
    public AlignedMemory<double> Test { get; }

    /// <summary>Weights on the features and the bias that goes with them, from weights on the coordinates.</summary>
    public FittedDirection Direction(ReadOnlySpan<double> weights, double bias)
    {
        var onFeatures = new double[_width];
        if (_basis is null)
        {
            weights.CopyTo(onFeatures);
        }
        else
        {
            fixed (double* to = onFeatures)
            {
                for (var i = 0; i < Size; i++)
                {
                    SymmetricKernels.AddScaled(to, _basis.Pointer + ((long)i * _basisStride), weights[i], _width);
                }
            }
        }

        var kept = Array.ConvertAll(onFeatures, weight => (float)weight);
        for (var i = 0; i < _width; i++)
        {
            bias -= kept[i] * _means[i];
        }

        return new FittedDirection(kept, bias);
    }

    private AlignedMemory<double> Rows(int[] rows)
    {
        var result = new AlignedMemory<double>(Math.Max(1, (long)rows.Length * Size));
        var centred = new AlignedMemory<double>(_basisStride);
        for (var place = 0; place < rows.Length; place++)
        {
            var to = result.Pointer + ((long)place * Size);
            Centre(rows[place], _basis is null ? to : centred.Pointer);
            for (var i = 0; _basis is not null && i < Size; i++)
            {
                to[i] = SymmetricKernels.Dot(centred.Pointer, _basis.Pointer + ((long)i * _basisStride), _width);
            }
        }

        return result;
    }

    private void Centre(int row, double* to)
    {
        var features = _problem.Features.Row(row);
        for (var i = 0; i < _width; i++)
        {
            to[i] = features[i] - _means[i];
        }
    }

    // Gram and Schmidt, each row twice: once leaves the rounding of nearly dependent rows.
    private int Orthonormalise(AlignedMemory<double> basis)
    {
        var count = 0;
        foreach (var row in _problem.Train)
        {
            var vector = basis.Pointer + ((long)count * _basisStride);
            Centre(row, vector);
            var before = Math.Sqrt(SymmetricKernels.Dot(vector, vector, _width));
            for (var pass = 0; pass < 2; pass++)
            {
                for (var i = 0; i < count; i++)
                {
                    var other = basis.Pointer + ((long)i * _basisStride);
                    SymmetricKernels.AddScaled(vector, other, -SymmetricKernels.Dot(vector, other, _width), _width);
                }
            }

            var length = Math.Sqrt(SymmetricKernels.Dot(vector, vector, _width));
            if (length > Dependent * before)
            {
                for (var i = 0; i < _width; i++)
                {
                    vector[i] /= length;
                }

                count++;
            }
        }

        return count;
    }
}
