using AlignedProbing.Probing.Training;

namespace AlignedProbing.Probing.Probes;

/// <summary>A kind of probe. Stateless: one instance serves all threads.</summary>
public interface IProbe
{
    /// <summary>Its name: a folder name below <c>probes/</c>.</summary>
    string Name { get; }

    /// <summary>Whether results depend on the seed; where they do not, one seed is enough.</summary>
    bool UsesSeeds { get; }

    /// <summary>Of a classifier the most classes it tells apart, at least 2; 0 for probes that predict numbers.</summary>
    int MostClasses => 0;

    /// <summary>
    /// Whether it tells classes apart: labels are class numbers, 0, 1, ...; predictions the probability of class 1 where there are two at most, the most
    /// probable class otherwise.
    /// </summary>
    bool IsClassifier => MostClasses > 0;

    /// <summary>Trains a probe for each label column and predicts the test rows. The result depends on the problem alone.</summary>
    /// <param name="problem">What to train on; every number in it is finite.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>A fit for each label column, in order.</returns>
    IReadOnlyList<ProbeFit> Fit(ProbeProblem problem, CancellationToken cancellationToken);
}
