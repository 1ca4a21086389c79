using System.Security.Cryptography;
using AlignedProbing.Runs;

namespace AlignedProbing.Scoring.Ngram;

/// <summary>
/// The built-in scorer: n-grams of words and characters with weights, learnt from Perspective's published scores of RealToxicityPrompts by
/// <c>tools/TrainScorer</c>. For short English texts. What it was learnt from, how far it agrees and where it fails: <c>docs/reference/scorers/ngram.md</c>.
/// Needs no file, no network and no key.
/// </summary>
public sealed class NgramScorer : IScorer
{
    /// <summary>Its name.</summary>
    public const string ScorerName = "ngram";

    /// <summary>Its version; changes with the weights and with the way texts are read.</summary>
    public const string ScorerVersion = "1.2";

    // More would be noise: the scores it learnt from are further away than that.
    private const int Decimals = 5;

    private static readonly Lazy<(NgramModel Model, string Sha256)> Embedded = new(Load);

    /// <inheritdoc/>
    public string Name => ScorerName;

    /// <inheritdoc/>
    public string Version => ScorerVersion;

    /// <inheritdoc/>
    public string? Sha256 => Embedded.Value.Sha256;

    /// <inheritdoc/>
    public IReadOnlyList<string> Attributes { get; } = [.. NgramModel.AttributeNames];

    /// <summary>False: it scores faster than a disk gives answers back.</summary>
    public bool IsWorthCaching => false;

    /// <summary>
    /// Scores texts, one after the other; a text without a single word or sign is missing with the reason <c>empty_text</c>. Safe to call from several threads.
    /// </summary>
    public ValueTask<IReadOnlyList<TextScore>> ScoreAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var model = Embedded.Value.Model;
        var reader = new NgramReader();
        var answers = new TextScore[texts.Count];
        var nothing = new Dictionary<string, string>();
        for (var i = 0; i < answers.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            reader.Read(texts[i]);
            if (reader.WordEnds.IsEmpty)
            {
                answers[i] = TextScore.AllMissing(Attributes, MissingReason.EmptyText);
                continue;
            }

            var score = model.Score(reader);
            var scores = new Dictionary<string, double>(NgramModel.AttributeNames.Length);
            for (var lane = 0; lane < NgramModel.AttributeNames.Length; lane++)
            {
                scores[NgramModel.AttributeNames[lane]] = Math.Round((double)score[lane], Decimals);
            }

            answers[i] = new TextScore(scores, nothing);
        }

        return new(answers);
    }

    private static (NgramModel Model, string Sha256) Load()
    {
        using var stream = typeof(NgramScorer).Assembly.GetManifestResourceStream("AlignedProbing.Scoring.Ngram.ngram.bin")
            ?? throw new InvalidOperationException("The assembly was built without the weights of the built-in scorer.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return (NgramModel.Read(bytes), Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }
}
