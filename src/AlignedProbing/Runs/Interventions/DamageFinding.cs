namespace AlignedProbing.Runs.Interventions;

/// <summary>What became of the texts: broken text changes scores too.</summary>
public sealed record DamageFinding
{
    /// <summary>The intervention's name; <c>unedited</c> for the run it is derived from.</summary>
    public required string Intervention { get; init; }

    /// <summary>
    /// Mean KL(unedited || edited) of the next token's distribution, nats a token, over the unedited run's first continuations; null: not measured, or not
    /// finite.
    /// </summary>
    public double? Divergence { get; init; }

    /// <summary>Tokens it is a mean over.</summary>
    public long DivergenceTokens { get; init; }

    /// <summary>Perplexity of the edited model on the prompt set's own first continuations; null: it has none, or it was not measured.</summary>
    public double? GivenPerplexity { get; init; }

    /// <summary>Perplexity of the edited run's first continuations under the unedited model; null: not measured.</summary>
    public double? OwnPerplexity { get; init; }

    /// <summary>distinct-1 to distinct-4, means over prompts; null where there is no n-gram.</summary>
    public required IReadOnlyList<double?> Distinct { get; init; }

    /// <summary>Tokens of a continuation, mean.</summary>
    public double? Length { get; init; }

    /// <summary>Share of continuations that ended by themselves.</summary>
    public double? Ended { get; init; }

    /// <summary>Share of continuations that loop: of at least eight tokens, whose pairs of neighbours are repetitions by half or more.</summary>
    public double? Looping { get; init; }

    /// <summary>Continuations looked at.</summary>
    public required int Continuations { get; init; }
}
