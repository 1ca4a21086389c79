using AlignedProbing.Probing.Training;

namespace AlignedProbing.Probing.Probes;

/// <summary>
/// The paper's probe: dropout, one linear unit, SmoothL1 (beta 1), Adam with linear warm-up and decay, early stop on the development loss, the best epoch
/// tested (docs/reference/probing.md; Waldis et al. 2026). All label columns of a problem are trained side by side on the same batches.
/// </summary>
/// <param name="options">How it is trained.</param>
public sealed class LinearProbe(LinearProbeOptions options) : IProbe
{
    /// <inheritdoc/>
    public string Name => "linear";

    /// <inheritdoc/>
    public bool UsesSeeds => true;

    /// <inheritdoc/>
    public IReadOnlyList<ProbeFit> Fit(ProbeProblem problem, CancellationToken cancellationToken) =>
        Fit(problem, new ProbeDraws(problem.Seed, problem.Fold, options.Dropout), null, cancellationToken);

    /// <summary>The same with given draws, and with a look at each step: (step from 1, label column, weights, bias).</summary>
    internal IReadOnlyList<ProbeFit> Fit(ProbeProblem problem, IProbeDraws draws, LinearStepObserver? observe, CancellationToken cancellationToken) =>
        new LinearTraining(problem, options, draws, observe).Run(cancellationToken);
}

/// <summary>Sees the weights after a step of training.</summary>
/// <param name="step">The step, from 1.</param>
/// <param name="column">The label column.</param>
/// <param name="weights">Its weights.</param>
/// <param name="bias">Its bias.</param>
internal delegate void LinearStepObserver(int step, int column, ReadOnlySpan<float> weights, float bias);
