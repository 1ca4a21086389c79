namespace AlignedProbing.Probing;

/// <summary>A kind of probe. Stateless: one instance serves all threads.</summary>
public interface IProbe
{
    /// <summary>Its name: a folder name below <c>probes/</c>.</summary>
    string Name { get; }

    /// <summary>Whether results depend on the seed; where they do not, one seed is enough.</summary>
    bool UsesSeeds { get; }

    /// <summary>Whether it tells two classes apart: labels are 0 and 1, predictions the probability of 1.</summary>
    bool IsClassifier => false;

    /// <summary>Trains a probe for each label column and predicts the test rows. The result depends on the problem alone.</summary>
    /// <param name="problem">What to train on; every number in it is finite.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>A fit for each label column, in order.</returns>
    IReadOnlyList<ProbeFit> Fit(ProbeProblem problem, CancellationToken cancellationToken);
}
