using AlignedProbing.Probing.Training;

namespace AlignedProbing.Probing.Probes;

/// <summary>
/// A dummy: predicts the mean of its training rows whatever it sees. It has no r, and its online code is the mean predictor's; what another probe has beyond
/// it, it has learnt.
/// </summary>
public sealed class MeanProbe : IProbe
{
    /// <inheritdoc/>
    public string Name => "mean";

    /// <inheritdoc/>
    public bool UsesSeeds => false;

    /// <inheritdoc/>
    public IReadOnlyList<ProbeFit> Fit(ProbeProblem problem, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return [.. problem.Labels.Select(labels => Fit(problem, labels))];
    }

    private static ProbeFit Fit(ProbeProblem problem, float[] labels)
    {
        var mean = (float)problem.Train.Average(row => (double)labels[row]);
        var predictions = new float[problem.Test.Length];
        predictions.AsSpan().Fill(mean);
        return new ProbeFit(
            predictions,
            [new FittedDirection(new float[problem.Features.Width], mean)],
            null,
            null,
            problem.Development.Average(row => ((double)labels[row] - mean) * (labels[row] - mean)));
    }
}
