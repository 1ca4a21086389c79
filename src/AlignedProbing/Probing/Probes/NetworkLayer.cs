using AlignedProbing.Numerics;
using AlignedProbing.Probing.Training;

namespace AlignedProbing.Probing.Probes;

/// <summary>
/// A layer of a small network while it is trained: weights, Adam's moments and the best weights so far. It shares the linear probe's inner loops: to them an
/// output is a probe.
/// </summary>
internal sealed unsafe class NetworkLayer
{
    public const int Batch = LinearProbeOptions.BatchSize;

    private readonly AlignedMemory<float> _weights;
    private readonly AlignedMemory<float> _moments;
    private readonly float[] _biases;
    private readonly float[] _biasMoments;
    private float[] _best;
    private float[] _bestBiases;

    /// <param name="inputs">Numbers read.</param>
    /// <param name="outputs">Numbers made.</param>
    /// <param name="key">Key of the initial weights: as PyTorch's Linear, uniform in ±1/sqrt(inputs), biases too.</param>
    public NetworkLayer(int inputs, int outputs, ulong key)
    {
        (Inputs, Outputs, Stride) = (inputs, outputs, AlignedMemory<float>.OddStride(inputs));
        _weights = new AlignedMemory<float>((long)outputs * Stride);
        _moments = new AlignedMemory<float>(2L * outputs * Stride);
        (_biases, _biasMoments) = (new float[outputs], new float[2 * outputs]);
        Input = new AlignedMemory<float>((long)Batch * Stride);
        Output = new AlignedMemory<float>((long)outputs * Batch);
        Factors = new AlignedMemory<float>((long)outputs * Batch);
        var bound = 1 / Math.Sqrt(inputs);
        for (var output = 0; output < outputs; output++)
        {
            for (var input = 0; input <= inputs; input++)
            {
                var (a, b, _, _) = Philox.Block(key, (uint)input, (uint)output);
                var value = (float)(((2 * Philox.ToDouble(a, b)) - 1) * bound);
                if (input < inputs)
                {
                    _weights.Pointer[(output * Stride) + input] = value;
                }
                else
                {
                    _biases[output] = value;
                }
            }
        }

        (_best, _bestBiases) = (_weights.Span.ToArray(), [.. _biases]);
    }

    public int Inputs { get; }

    public int Outputs { get; }

    public int Stride { get; }

    /// <summary>Sixteen examples, a stride each, padded with zeros.</summary>
    public AlignedMemory<float> Input { get; }

    /// <summary>What it makes of them: [outputs, 16].</summary>
    public AlignedMemory<float> Output { get; }

    /// <summary>Derivatives of the loss by the outputs: [outputs, 16]; 0 for examples that are not there.</summary>
    public AlignedMemory<float> Factors { get; }

    public void Forward()
    {
        var weights = stackalloc float*[Outputs];
        Pointers(weights, null);
        for (var quad = 0; quad < Batch; quad += 4)
        {
            var x = Input.Pointer + (quad * Stride);
            ProbeKernels.Dots(
                x,
                x + Stride,
                x + (2 * Stride),
                x + (3 * Stride),
                AlignedMemory<float>.Padded(Inputs),
                weights,
                Outputs,
                Output.Pointer + quad,
                Batch);
        }

        for (var output = 0; output < Outputs; output++)
        {
            for (var b = 0; b < Batch; b++)
            {
                Output.Pointer[(output * Batch) + b] += _biases[output];
            }
        }
    }

    /// <summary>The derivative of the loss by an input of an example, from those by the outputs.</summary>
    public float Back(int input, int example)
    {
        var sum = 0f;
        for (var output = 0; output < Outputs; output++)
        {
            sum = MathF.FusedMultiplyAdd(_weights.Pointer[(output * Stride) + input], Factors.Pointer[(output * Batch) + example], sum);
        }

        return sum;
    }

    public void Step(AdamStep step)
    {
        var weights = stackalloc float*[Outputs];
        var moments = stackalloc float*[Outputs];
        Pointers(weights, moments);
        ProbeKernels.Step(Input.Pointer, Stride, AlignedMemory<float>.Padded(Inputs), Factors.Pointer, weights, moments, Stride, Outputs, step);
        for (var output = 0; output < Outputs; output++)
        {
            var gradient = 0f;
            for (var b = 0; b < Batch; b++)
            {
                gradient += Factors.Pointer[(output * Batch) + b];
            }

            ref var first = ref _biasMoments[output];
            ref var second = ref _biasMoments[Outputs + output];
            first = MathF.FusedMultiplyAdd(gradient - first, AdamStep.FirstShare, first);
            second = MathF.FusedMultiplyAdd(gradient * AdamStep.SecondShare, gradient, second * AdamStep.SecondDecay);
            _biases[output] = MathF.FusedMultiplyAdd(
                step.NegativeRate,
                first / MathF.FusedMultiplyAdd(MathF.Sqrt(second), step.SecondCorrection, AdamStep.Epsilon),
                _biases[output]);
        }
    }

    public void Keep() => (_best, _bestBiases) = (_weights.Span.ToArray(), [.. _biases]);

    public void Restore()
    {
        _best.CopyTo(_weights.Span);
        _bestBiases.CopyTo(_biases, 0);
    }

    /// <summary>The weights and bias of an output.</summary>
    public FittedDirection Direction(int output) => new(_weights.Span.Slice(output * Stride, Inputs).ToArray(), _biases[output]);

    private void Pointers(float** weights, float** moments)
    {
        for (var output = 0; output < Outputs; output++)
        {
            weights[output] = _weights.Pointer + (output * Stride);
            if (moments != null)
            {
                moments[output] = _moments.Pointer + (2 * output * Stride);
            }
        }
    }
}
