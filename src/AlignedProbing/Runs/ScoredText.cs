namespace AlignedProbing.Runs;

/// <summary>What one scorer says of one text: a line of <c>scores/&lt;scorer&gt;/00012.jsonl</c>.</summary>
public sealed record ScoredText
{
    /// <summary>What stands for the scorer in files with properties of the texts, which are labels for probes and no judgement.</summary>
    public const string Properties = "properties";

    /// <summary>The prompt's id.</summary>
    public required string PromptId { get; init; }

    /// <summary>The continuation's number; null where the text is the prompt itself.</summary>
    public int? Number { get; init; }

    /// <summary>Scores in [0, 1] by attribute. An attribute without a score is absent here and present in <see cref="Missing"/>.</summary>
    public required IReadOnlyDictionary<string, double> Scores { get; init; }

    /// <summary>Why an attribute has no score, by attribute.</summary>
    public IReadOnlyDictionary<string, string> Missing { get; init; } = new Dictionary<string, string>();

    /// <summary>Tokens of the text that the scorer left out because the text is too long for it; null where none were.</summary>
    public int? TokensCut { get; init; }

    /// <summary>
    /// Tokens that a <see cref="TextProperty.TokenProbability"/> is the mean over, by the scorer's own tokenizer; null where the scorer counts none.
    /// </summary>
    public int? Tokens { get; init; }

    /// <summary>The scorer's name.</summary>
    public required string Scorer { get; init; }

    /// <summary>The scorer's version.</summary>
    public required string Version { get; init; }
}
