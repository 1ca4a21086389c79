using AlignedProbing.Numerics;
using AlignedProbing.Probing.Training;

namespace AlignedProbing.Probing.Probes;

/// <summary>The linear probe of one label column while it is trained.</summary>
internal sealed class LinearColumn(int number, float[] labels, int width, int stride)
{
    private float _biasFirst;
    private float _biasSecond;
    private float _bestLoss = float.PositiveInfinity;
    private int _bestEpoch;

    public int Number { get; } = number;

    public float[] Labels { get; } = labels;

    public AlignedMemory<float> Weights { get; } = new(stride);

    public AlignedMemory<float> Best { get; } = new(stride);

    /// <summary>The first moments, and a stride after them the second.</summary>
    public AlignedMemory<float> Moments { get; } = new(2L * stride);

    public float Bias { get; set; }

    public float BestBias { get; private set; }

    public double DevelopmentSum { get; set; }

    public void StepBias(float gradient, AdamStep step)
    {
        _biasFirst = MathF.FusedMultiplyAdd(gradient - _biasFirst, AdamStep.FirstShare, _biasFirst);
        _biasSecond = MathF.FusedMultiplyAdd(gradient * AdamStep.SecondShare, gradient, _biasSecond * AdamStep.SecondDecay);
        var denominator = MathF.FusedMultiplyAdd(MathF.Sqrt(_biasSecond), step.SecondCorrection, AdamStep.Epsilon);
        Bias = MathF.FusedMultiplyAdd(step.NegativeRate, _biasFirst / denominator, Bias);
    }

    /// <summary>Keeps the weights where the loss is the smallest yet, and returns the number of epochs since it was.</summary>
    public int Judge(int epoch, float loss)
    {
        if (loss < _bestLoss)
        {
            (_bestLoss, _bestEpoch, BestBias) = (loss, epoch + 1, Bias);
            Weights.Span.CopyTo(Best.Span);
        }

        return epoch + 1 - _bestEpoch;
    }

    /// <summary>The fitted probe. Where no epoch had a finite loss there is none: its predictions are NaN.</summary>
    public ProbeFit Fit(float[] predictions)
    {
        if (_bestEpoch == 0)
        {
            predictions.AsSpan().Fill(float.NaN);
        }

        return new ProbeFit(predictions, [new FittedDirection(Best.Span[..width].ToArray(), BestBias)], _bestEpoch == 0 ? null : _bestEpoch, null, _bestLoss);
    }
}
