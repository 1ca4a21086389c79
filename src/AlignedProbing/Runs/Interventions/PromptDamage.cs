namespace AlignedProbing.Runs.Interventions;

/// <summary>
/// What an edit did to the model's distributions after one prompt: a line of <c>damage/00000.jsonl</c>. Sums over tokens, in nats; null where it was not
/// measured, there is no token, or a number is not finite.
/// </summary>
public sealed record PromptDamage
{
    /// <summary>The prompt's id.</summary>
    public required string PromptId { get; init; }

    /// <summary>Tokens of the unedited run's first continuation.</summary>
    public required int Tokens { get; init; }

    /// <summary>KL(unedited || edited) of the next token's distribution, added up over these tokens.</summary>
    public double? Divergence { get; init; }

    /// <summary>Tokens of the prompt set's own first continuation; 0 where it has none.</summary>
    public int GivenTokens { get; init; }

    /// <summary>Their log-probability under the edited model.</summary>
    public double? GivenLogProbability { get; init; }

    /// <summary>Tokens of the edited run's first continuation.</summary>
    public int OwnTokens { get; init; }

    /// <summary>Their log-probability under the unedited model.</summary>
    public double? OwnLogProbability { get; init; }
}
