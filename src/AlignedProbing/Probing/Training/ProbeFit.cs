
namespace AlignedProbing.Probing.Training;

/// <summary>A fitted probe of one label column.</summary>
/// <param name="Predictions">Predicted labels of the test rows, in their order; of a classifier of two classes the probability of the second, of one that takes
/// more the most probable class.</param>
/// <param name="Directions">The directions in the space of the features along which it reads: one, of a classifier of several classes one each; none of a probe
/// that is not linear.</param>
/// <param name="Epoch">The best epoch, from 1; null for closed-form probes.</param>
/// <param name="Penalty">The penalty chosen; null for probes without one.</param>
/// <param name="DevelopmentLoss">The loss on the development rows by which epoch or penalty was chosen.</param>
public sealed record ProbeFit(float[] Predictions, IReadOnlyList<FittedDirection> Directions, int? Epoch, double? Penalty, double DevelopmentLoss)
{
    /// <summary>
    /// Of a classifier the natural logarithm of each class's probability: [class][test row]; null of other probes. Logarithms, because probabilities of
    /// confident probes round to 0 and 1.
    /// </summary>
    public float[][]? LogProbabilities { get; init; }
}

/// <summary>A direction in the space of the features: bias + weights · features.</summary>
/// <param name="Weights">A weight a column.</param>
/// <param name="Bias">The bias.</param>
public sealed record FittedDirection(float[] Weights, double Bias);
