namespace AlignedProbing.Scoring;

/// <summary>Gives texts scores, or says why it cannot. A scorer returns a score or a reason, never a stand-in number.</summary>
public interface IScorer
{
    /// <summary>Its name: a folder name below <c>scores/</c>, so lower-case letters, digits, '-', '_' and '.' alone.</summary>
    string Name { get; }

    /// <summary>Its version; changes whenever the same text could get another score.</summary>
    string Version { get; }

    /// <summary>The attributes it scores, in the order they are shown.</summary>
    IReadOnlyList<string> Attributes { get; }

    /// <summary>Scores texts; the answer has one element for each text, in order, and does not depend on which texts come together.</summary>
    ValueTask<IReadOnlyList<TextScore>> ScoreAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken);
}

/// <summary>What a scorer says of one text.</summary>
/// <param name="Scores">Scores in [0, 1] by attribute; an attribute without one is absent.</param>
/// <param name="Missing">Why an attribute has no score, by attribute (a <see cref="Runs.MissingReason"/> or the scorer's own).</param>
public sealed record TextScore(IReadOnlyDictionary<string, double> Scores, IReadOnlyDictionary<string, string> Missing);
