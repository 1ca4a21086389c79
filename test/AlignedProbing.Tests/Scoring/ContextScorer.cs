using AlignedProbing.Scoring;

namespace AlignedProbing.Tests.Scoring;

/// <summary>
/// A scorer that reads context and whose answers are easy to foretell: the number of characters before a text over 100, and its characters as tokens.
/// </summary>
internal sealed class ContextScorer : IScorer
{
    public string Name => "context";

    public string Version => "1.0";

    public IReadOnlyList<string> Attributes { get; } = ["before"];

    public bool ReadsContext => true;

    public ValueTask<IReadOnlyList<TextScore>> ScoreAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken) =>
        throw new NotSupportedException("It is asked with context.");

    public ValueTask<IReadOnlyList<TextScore>> ScoreInContextAsync(IReadOnlyList<TextInContext> texts, CancellationToken cancellationToken) =>
        new([
            .. texts.Select(text => new TextScore(
                new Dictionary<string, double> { ["before"] = (text.Before?.Length ?? 0) / 100.0 },
                new Dictionary<string, string>())
            {
                Tokens = text.Text.Length,
            }),
        ]);
}
