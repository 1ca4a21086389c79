namespace AlignedProbing.Runs;

/// <summary>What scoring was last asked: <c>scores/options.json</c>. It answers where a command leaves an option out.</summary>
public sealed record AskedOfScoring
{
    /// <summary>Names of the scorers.</summary>
    public required IReadOnlyList<string> Scorers { get; init; }

    /// <summary>Whether prompt scores come from the scorer (<c>scorer</c>) or from the prompt set (<c>given</c>).</summary>
    public required string PromptScores { get; init; }
}
