using System.Text.RegularExpressions;
using AlignedProbing.Runs;

namespace AlignedProbing.Scoring;

/// <summary>
/// What a scorer's results depend on, the texts apart: <c>scores/&lt;scorer&gt;/options.json</c>. Scores of unlike identities are never mixed in one folder.
/// </summary>
public sealed partial record ScorerIdentity
{
    /// <summary>The scorer's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>SHA-256 of its weights (of the prompt set, for given scores); null where it has none of its own.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The attributes it scores.</summary>
    public required IReadOnlyList<string> Attributes { get; init; }

    /// <summary>What else its scores depend on, by name; null where name and version say it all.</summary>
    public IReadOnlyDictionary<string, string>? Details { get; init; }

    /// <summary>The identity of a scorer.</summary>
    /// <exception cref="InputException">Its name cannot be a folder's name, or it scores nothing.</exception>
    public static ScorerIdentity Of(IScorer scorer)
    {
        ArgumentNullException.ThrowIfNull(scorer);
        if (!IsName(scorer.Name) || scorer.Attributes.Count == 0)
        {
            throw new InputException(
                "scorer-unusable",
                $"scoring with '{scorer.Name}'",
                scorer.Attributes.Count == 0 ? "it scores no attribute" : "its name cannot be the name of a folder",
                "Give the scorer at least one attribute, and a name of lower-case letters, digits, '-', '_' and '.' that starts with a letter or digit");
        }

        return new ScorerIdentity
        {
            Name = scorer.Name,
            Version = scorer.Version,
            Sha256 = scorer.Sha256,
            Attributes = [.. scorer.Attributes],
            Details = scorer.Details,
        };
    }

    /// <summary>Whether a scorer can have that name: it must be able to name a folder, and <c>texts</c> stands for the texts themselves in findings.</summary>
    public static bool IsName(string name) => FolderName().IsMatch(name) && name != BehaviorFinding.Texts;

    [GeneratedRegex("^[a-z0-9][a-z0-9._-]{0,99}(?<![.])(?<![.]tmp)\\z", RegexOptions.CultureInvariant)]
    private static partial Regex FolderName();
}
