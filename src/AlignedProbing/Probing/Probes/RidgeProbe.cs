using AlignedProbing.Probing.Training;

namespace AlignedProbing.Probing.Probes;

/// <summary>
/// Ridge regression in closed form (Hoerl and Kennard 1970): features and labels centred by the means of the training rows, not scaled; the penalty from
/// <see cref="Penalties"/> by the smallest mean squared error on the development rows, of equal ones the smaller; no refit. In float64 throughout.
/// </summary>
public sealed class RidgeProbe : IProbe
{
    /// <summary>
    /// The penalties tried, ascending: what is minimised is the sum of squared errors plus the penalty times the squared length of the weights.
    /// </summary>
    public static IReadOnlyList<double> Penalties { get; } = [1e-2, 1e-1, 1, 1e1, 1e2, 1e3, 1e4, 1e5];

    /// <inheritdoc/>
    public string Name => "ridge";

    /// <inheritdoc/>
    public bool UsesSeeds => false;

    /// <inheritdoc/>
    public IReadOnlyList<ProbeFit> Fit(ProbeProblem problem, CancellationToken cancellationToken)
    {
        var system = new RidgeSystem(problem);
        var best = new RidgeColumn[problem.Labels.Count];
        for (var i = 0; i < best.Length; i++)
        {
            best[i] = new RidgeColumn(problem.Features.Width);
        }

        foreach (var penalty in Penalties)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // Where rounding makes the matrix indefinite, the penalty is too small for these features.
            if (system.Factor(penalty))
            {
                for (var column = 0; column < best.Length; column++)
                {
                    best[column].Judge(penalty, system.Solve(column), weights => system.DevelopmentError(column, weights));
                }
            }
        }

        return [.. best.Select((column, index) => column.Fit(problem, system.FeatureMeans, system.LabelMean(index)))];
    }
}
