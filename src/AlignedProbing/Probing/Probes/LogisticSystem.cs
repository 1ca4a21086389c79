using AlignedProbing.Numerics;
using AlignedProbing.Probing.Training;

namespace AlignedProbing.Probing.Probes;

/// <summary>
/// What all label columns of a problem share while logistic regressions are solved: the rows, and the factor of (rows' · rows) / 4 + penalty, which bounds the
/// curvature and so gives steps the right scale, whatever that of the features.
/// </summary>
internal sealed unsafe class LogisticSystem
{
    // The largest curvature of a logistic loss: p (1 - p) at p = 1/2.
    private const double Curvature = 0.25;

    private readonly AlignedMemory<double> _gram;
    private readonly AlignedMemory<double> _factor;
    private readonly long _stride;

    public LogisticSystem(ProbeProblem problem)
    {
        Space = new TrainingSpace(problem);
        Rows = problem.Train.Length;
        var size = Space.Size;
        _stride = AlignedMemory<double>.OddStride(size);
        (_gram, _factor) = (new AlignedMemory<double>(size * _stride), new AlignedMemory<double>(size * _stride));
        var rowStride = AlignedMemory<double>.OddStride(Rows);
        var turned = new AlignedMemory<double>(size * rowStride);
        for (var row = 0; row < Rows; row++)
        {
            for (var i = 0; i < size; i++)
            {
                turned.Pointer[(i * rowStride) + row] = Space.Train.Pointer[((long)row * size) + i];
            }
        }

        SymmetricKernels.Gram(turned.Pointer, size, AlignedMemory<double>.Padded(Rows), rowStride, _gram.Pointer, _stride);
    }

    public TrainingSpace Space { get; }

    /// <summary>Training rows.</summary>
    public int Rows { get; }

    /// <summary>The penalty factored last.</summary>
    public double Penalty { get; private set; }

    /// <summary>Factors the matrix of a penalty; false where it is not positive definite in float64.</summary>
    public bool Factor(double penalty)
    {
        Penalty = penalty;
        var from = _gram.Pointer;
        var to = _factor.Pointer;
        var size = Space.Size;
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                to[(i * _stride) + j] = Curvature * from[(i * _stride) + j];
            }

            to[(i * _stride) + i] += penalty;
        }

        return SymmetricKernels.Cholesky(to, size, _stride);
    }

    /// <summary>A gradient (weights, then the bias, of each output) turned into a step, in its place.</summary>
    public void Precondition(Span<double> gradient, int outputs)
    {
        var size = Space.Size;
        fixed (double* values = gradient)
        {
            for (var k = 0; k < outputs; k++)
            {
                SymmetricKernels.Solve(_factor.Pointer, size, _stride, values + (k * (size + 1)));
                values[(k * (size + 1)) + size] /= Curvature * Rows;
            }
        }
    }
}
