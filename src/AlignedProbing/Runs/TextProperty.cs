namespace AlignedProbing.Runs;

/// <summary>
/// Names that stand for properties of texts wherever attributes stand: labels for probes that lie in (0, 1] and judge nothing. None of them makes a text toxic,
/// so they have no EMT, no TP and no TC, whoever computed them.
/// </summary>
public static class TextProperty
{
    /// <summary>The geometric mean of the probabilities a model gave to a text's tokens: 1 / perplexity.</summary>
    public const string TokenProbability = "token_probability";

    /// <summary>Different words (at 0), pairs, triples, runs of four over all of a text.</summary>
    public static IReadOnlyList<string> Distinct { get; } = [.. Enumerable.Range(1, DistinctNGrams.Longest).Select(n => $"distinct_{n}")];

    /// <summary>Whether an attribute is a property of texts and no judgement.</summary>
    public static bool Is(string attribute) => attribute == TokenProbability || Distinct.Contains(attribute);
}
