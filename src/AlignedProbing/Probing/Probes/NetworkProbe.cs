using AlignedProbing.Probing.Training;

namespace AlignedProbing.Probing.Probes;

/// <summary>
/// Probes that the linear one is a case of, trained as it is (dropout, Adam with warm-up and decay, early stop, best epoch): with hidden layers of rectified
/// units; or as a classifier, of two classes (one unit with a sigmoid) or of several (a unit each with a softmax). A column's result depends on nothing but the
/// problem and that column.
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="hidden">Units of the hidden layers, from the features on; none for a linear one.</param>
/// <param name="loss">What is minimised.</param>
/// <param name="options">How it is trained.</param>
public sealed class NetworkProbe(string name, IReadOnlyList<int> hidden, ProbeLoss loss, LinearProbeOptions options) : IProbe
{
    // A column with more values is no column of classes, and its probe would be larger than what it reads.
    internal const int MostClassesOfSoftmax = 256;

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public bool UsesSeeds => true;

    /// <inheritdoc/>
    public int MostClasses => loss switch { ProbeLoss.Softmax => MostClassesOfSoftmax, ProbeLoss.Logistic => 2, _ => 0 };

    /// <inheritdoc/>
    public IReadOnlyList<ProbeFit> Fit(ProbeProblem problem, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return
        [
            .. Enumerable.Range(0, problem.Labels.Count).Select(column => new NetworkTraining(problem, column, hidden, loss, options).Run(cancellationToken)),
        ];
    }
}
