using AlignedProbing.Scoring.Ngram;
using AlignedProbing.Scoring.Perspective;

namespace AlignedProbing.Scoring;

/// <summary>The scorers that need no tensor model, by name. Adding one is a new file and a line here.</summary>
public static class ScorerCatalog
{
    private static readonly SortedDictionary<string, Func<Func<string, string?>, IScorer>> Known = new(StringComparer.Ordinal)
    {
        [NgramScorer.ScorerName] = _ => new NgramScorer(),
        [PerspectiveScorer.ScorerName] = variable => new PerspectiveScorer(PerspectiveOptions.FromVariables(variable)),
    };

    /// <summary>Their names, sorted. <see cref="GivenScores.Name"/> is not among them: it copies scores and can score no text.</summary>
    public static IReadOnlyList<string> Names => [.. Known.Keys];

    /// <summary>Makes a scorer.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="variable">Looks up environment variables; the process's own where left out.</param>
    /// <exception cref="InputException">There is none of that name (the message names those there are), or it lacks what it needs.</exception>
    public static IScorer Create(string name, Func<string, string?>? variable = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (Known.TryGetValue(name, out var create))
        {
            return create(variable ?? Environment.GetEnvironmentVariable);
        }

        throw name == GivenScores.Name
            ? new InputException(
                "unknown-scorer",
                $"--scorer {name}",
                "the scores that a prompt set gives are copied from it, they cannot score a text",
                $"Use it with --continuations given, or take one of: {string.Join(", ", Names)}")
            : new InputException(
                "unknown-scorer",
                $"--scorer {name}",
                "there is no scorer of that name, nor such a folder",
                $"Take one of: {string.Join(", ", [.. Names, GivenScores.Name, PropertyScores.Name])}; or a classifier's folder, its name on the Hub " +
                "(org/model), perplexity:MODEL, or a .json file that describes a scorer (docs/guide/scoring.md)");
    }
}
