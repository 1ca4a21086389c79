using AlignedProbing.Runs;

namespace AlignedProbing.Scoring;

/// <summary>What a scorer says of one text.</summary>
/// <param name="Scores">Scores in [0, 1] by attribute; an attribute without one is absent.</param>
/// <param name="Missing">Why an attribute has no score, by attribute (a <see cref="MissingReason"/> or the scorer's own).</param>
public sealed record TextScore(IReadOnlyDictionary<string, double> Scores, IReadOnlyDictionary<string, string> Missing)
{
    /// <summary>Tokens at the text's end (or beginning) that the scorer left out because the text is too long for it; 0 where none were.</summary>
    public int TokensCut { get; init; }

    /// <summary>Tokens that a <see cref="TextProperty.TokenProbability"/> is the mean over; null where the scorer counts none.</summary>
    public int? Tokens { get; init; }

    /// <summary>No score for any attribute, for one reason.</summary>
    public static TextScore AllMissing(IReadOnlyList<string> attributes, string reason) =>
        new(new Dictionary<string, double>(), attributes.ToDictionary(attribute => attribute, _ => reason));

    /// <summary>Whether there is nothing to score in a text: it is empty or only white space.</summary>
    public static bool IsEmpty(string text) => string.IsNullOrWhiteSpace(text);
}
