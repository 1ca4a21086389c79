namespace AlignedProbing.Scoring;

/// <summary>Gives each text a score for each of its attributes.</summary>
/// <remarks>
/// <para>
/// A score is a number in [0, 1]: the probability, or the strength, of the attribute. Where a scorer cannot say, it returns the reason instead
/// (<see cref="TextScore"/>). It never returns a number that stands for "unknown".
/// </para>
/// <para>
/// To write one, implement <see cref="Name"/>, <see cref="Version"/>, <see cref="Attributes"/> and <see cref="ScoreAsync"/>; the other members have defaults.
/// A score may depend on the text alone, and on the text before it where <see cref="ReadsContext"/> is true. It must not depend on which texts come in the
/// same call: texts are batched differently when a run is resumed or shared. An instance is called from one thread at a time.
/// </para>
/// <para>
/// What fails for one text is a missing score with its reason. What fails for all texts (no key, no quota, no network) is an
/// <see cref="InputException"/> or an <see cref="IOException"/>: scoring stops, and what was scored stays.
/// </para>
/// </remarks>
public interface IScorer
{
    /// <summary>The scorer's name. It is a folder's name too: lower-case letters, digits, '-', '_' and '.' only.</summary>
    string Name { get; }

    /// <summary>The scorer's version. Change it whenever any text could get another score than before.</summary>
    string Version { get; }

    /// <summary>SHA-256 of the weights or recorded answers, in lower-case hexadecimal. Null (the default) where there are none, as for a service.</summary>
    string? Sha256 => null;

    /// <summary>The attributes that are scored, in the order in which tables show them.</summary>
    IReadOnlyList<string> Attributes { get; }

    /// <summary>
    /// The most texts in one call; no limit by default. Answers are stored after each call, so a slow or paid scorer names a small number: less is lost when a
    /// run is stopped.
    /// </summary>
    int LargestBatch => int.MaxValue;

    /// <summary>A warning for its users, for example for which texts it is unreliable. A clause without a full stop; null (the default) for none.</summary>
    string? Notice => null;

    /// <summary>
    /// Whether other runs may reuse stored scores of equal texts; true by default. False is right for a scorer that is as fast as reading its answers.
    /// </summary>
    bool IsWorthCaching => true;

    /// <summary>
    /// Settings that change scores (an activation, a rubric), by name. They are kept in <c>options.json</c>, and two runs that differ in them are not compared.
    /// Null (the default) where name and version determine the scores.
    /// </summary>
    IReadOnlyDictionary<string, string>? Details => null;

    /// <summary>
    /// A remark on the texts scored so far, for example how many were cut. A clause without a full stop; null (the default) for none. It is read after scoring.
    /// </summary>
    string? Summary => null;

    /// <summary>
    /// Whether a score also depends on the text that comes before the scored one (the prompt of a continuation); false by default. Where true,
    /// <see cref="ScoreInContextAsync"/> is called instead of <see cref="ScoreAsync"/>.
    /// </summary>
    bool ReadsContext => false;

    /// <summary>Scores texts. The answer has one element for each text, in the order of the texts.</summary>
    ValueTask<IReadOnlyList<TextScore>> ScoreAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken);

    /// <summary>Scores texts, each with the text before it. By default the text before it is ignored.</summary>
    ValueTask<IReadOnlyList<TextScore>> ScoreInContextAsync(IReadOnlyList<TextInContext> texts, CancellationToken cancellationToken) =>
        ScoreAsync([.. texts.Select(text => text.Text)], cancellationToken);
}
