namespace AlignedProbing.Probing;

/// <summary>
/// Probes that the linear one is a case of, trained as it is (dropout, Adam with warm-up and decay, early stop, best epoch): with hidden layers of rectified units, SmoothL1 loss; or, as a classifier of two classes, one
/// linear unit with a sigmoid and cross-entropy. A column's result depends on nothing but the problem and that column.
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="hidden">Units of the hidden layers, from the features on; none for a linear one.</param>
/// <param name="isClassifier">Whether labels are two classes, 0 and 1.</param>
/// <param name="options">How it is trained.</param>
public sealed class NetworkProbe(string name, IReadOnlyList<int> hidden, bool isClassifier, LinearProbeOptions options) : IProbe
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public bool UsesSeeds => true;

    /// <inheritdoc/>
    public bool IsClassifier => isClassifier;

    /// <inheritdoc/>
    public IReadOnlyList<ProbeFit> Fit(ProbeProblem problem, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return [.. problem.Labels.Select(labels => new NetworkTraining(problem, labels, hidden, isClassifier, options).Run(cancellationToken))];
    }
}
