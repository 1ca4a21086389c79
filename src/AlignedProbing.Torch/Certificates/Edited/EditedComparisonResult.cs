namespace AlignedProbing.Torch.Certificates.Edited;

/// <summary>How an edited model compares with what another program made of it.</summary>
/// <param name="Tolerance">How far log-probabilities and means may be off, relative to their scale.</param>
/// <param name="Cases">The cases, in the order of the file.</param>
public sealed record EditedComparisonResult(double Tolerance, IReadOnlyList<EditedCaseResult> Cases)
{
    /// <summary>Number of cases that are equal.</summary>
    public int Equal => Cases.Count(@case => @case.Equal);

    /// <summary>Whether all cases are equal.</summary>
    public bool Within => Equal == Cases.Count;
}

/// <summary>How one case compares.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Difference">The first difference, in words; null: it is equal.</param>
/// <param name="Forks">Rows whose ids part where the file's two best logits are too close to be told apart; they count as equal.</param>
/// <param name="LogProbability">Largest difference of log-probabilities, relative to max(1, |expected|); null: the file has none.</param>
/// <param name="Means">Largest difference of means over prompts, relative to their scale; null: the file has none.</param>
public sealed record EditedCaseResult(string Name, string? Difference, int Forks, double? LogProbability, double? Means)
{
    /// <summary>Whether it is equal.</summary>
    public bool Equal => Difference is null;
}
