using AlignedProbing.Probing.Training;

namespace AlignedProbing.Probing.Probes;

/// <summary>
/// The classifiers' counterpart of ridge: logistic regression with an L2 penalty solved to convergence, in float64; of two classes, or multinomial. What is
/// minimised is that of scikit-learn's <c>LogisticRegression(C = 1 / penalty)</c>. Features raw unless standardised; the penalty from
/// <see cref="Penalties"/> by the smallest cross-entropy on the development rows, of equal ones the larger; no refit.
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="mostClasses">The most classes it tells apart: 2, or more for a multinomial one.</param>
/// <param name="penalties">The penalties tried, descending; null for <see cref="Penalties"/>.</param>
public sealed class LogisticProbe(string name, int mostClasses, IReadOnlyList<double>? penalties = null) : IProbe
{
    /// <summary>
    /// The penalties tried, from the largest on, each from the solution of the one before. Once the development loss has risen twice in a row, smaller ones are
    /// not tried.
    /// </summary>
    public static IReadOnlyList<double> Penalties { get; } = [1e5, 1e4, 1e3, 1e2, 1e1, 1, 1e-1, 1e-2];

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public bool UsesSeeds => false;

    /// <inheritdoc/>
    public int MostClasses => mostClasses;

    /// <inheritdoc/>
    public IReadOnlyList<ProbeFit> Fit(ProbeProblem problem, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(problem);
        var system = new LogisticSystem(problem);
        LogisticColumn[] columns =
        [
            .. Enumerable.Range(0, problem.Labels.Count).Select(column => new LogisticColumn(system, problem, column) { IsMany = mostClasses > 2 }),
        ];
        foreach (var penalty in penalties ?? Penalties)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // Where rounding makes the matrix indefinite, the penalty is too small for these features.
            if (Array.TrueForAll(columns, column => column.IsDone) || !system.Factor(penalty))
            {
                break;
            }

            foreach (var column in columns.Where(column => !column.IsDone))
            {
                column.Judge(cancellationToken);
            }
        }

        return [.. columns.Select(column => column.Fit())];
    }
}
