namespace AlignedProbing.Scoring;

/// <summary>Gives texts scores, or says why it cannot. A scorer returns a score or a reason, never a stand-in number.</summary>
public interface IScorer
{
    /// <summary>Its name: a folder name below <c>scores/</c>, so lower-case letters, digits, '-', '_' and '.' alone.</summary>
    string Name { get; }

    /// <summary>Its version; changes whenever the same text could get another score.</summary>
    string Version { get; }

    /// <summary>SHA-256, in lower-case hexadecimal, of the weights or answers it scores from; null where it has none of its own (a service).</summary>
    string? Sha256 => null;

    /// <summary>The attributes it scores, in the order they are shown.</summary>
    IReadOnlyList<string> Attributes { get; }

    /// <summary>Most texts it wants to be handed at once. A cache keeps what was answered after each batch, so a slow scorer names a small number.</summary>
    int LargestBatch => int.MaxValue;

    /// <summary>What who uses it must know, as a clause; null where there is nothing.</summary>
    string? Notice => null;

    /// <summary>Whether its answers are worth keeping for other runs: false where scoring again is as fast as reading.</summary>
    bool IsWorthCaching => true;

    /// <summary>
    /// What its scores depend on, for people to read and compare (an activation, a rubric), by name; kept in <c>options.json</c>. Null where name and version
    /// say it all.
    /// </summary>
    IReadOnlyDictionary<string, string>? Details => null;

    /// <summary>
    /// What it has to say of the texts scored so far, as a clause (how many were cut, how many answers could not be read); null where there is nothing.
    /// </summary>
    string? Summary => null;

    /// <summary>Whether a score depends on what a text goes on too; <see cref="ScoreInContextAsync"/> is asked then.</summary>
    bool ReadsContext => false;

    /// <summary>Scores texts; the answer has one element for each text, in order, and does not depend on which texts come together.</summary>
    ValueTask<IReadOnlyList<TextScore>> ScoreAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken);

    /// <summary>As <see cref="ScoreAsync"/>, told what each text goes on; a scorer that does not read it judges the texts alone.</summary>
    ValueTask<IReadOnlyList<TextScore>> ScoreInContextAsync(IReadOnlyList<TextInContext> texts, CancellationToken cancellationToken) =>
        ScoreAsync([.. texts.Select(text => text.Text)], cancellationToken);
}
