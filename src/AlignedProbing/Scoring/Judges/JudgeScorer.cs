using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AlignedProbing.Files.Http;

namespace AlignedProbing.Scoring.Judges;

/// <summary>
/// A language model as a scorer: asked once for each text and attribute, by a rubric. An answer that is anything but a number in range is missing with the
/// reason <c>unparsable_answer</c>; the share of answers that could be read is told.
/// </summary>
public sealed class JudgeScorer : IScorer, IDisposable
{
    // Changes whenever the same rubric, model and answers could give another score.
    private const string Method = "1";

    private const int LongestExample = 60;

    private readonly JudgeRubric _rubric;
    private readonly IJudgeModel _model;
    private long _answers;
    private long _read;
    private string? _unread;

    /// <summary>Makes a scorer of a model and a rubric.</summary>
    /// <param name="name">The scorer's name in a run folder.</param>
    /// <param name="model">The model. Disposed of with this scorer, where it can be.</param>
    /// <param name="rubric">The rubric.</param>
    /// <param name="attributes">Which of the rubric's attributes are asked about, in this order; null: all.</param>
    /// <exception cref="InputException"><c>unknown-attribute</c>: the rubric has no such attribute.</exception>
    public JudgeScorer(string name, IJudgeModel model, JudgeRubric rubric, IReadOnlyList<string>? attributes = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(rubric);
        (Name, _model, _rubric) = (name, model, rubric);
        Attributes = attributes is { Count: > 0 } ? [.. attributes.Distinct(StringComparer.Ordinal)] : [.. rubric.Attributes.Keys];
        if (Attributes.FirstOrDefault(attribute => !rubric.Attributes.ContainsKey(attribute)) is { } unknown)
        {
            throw new InputException(
                "unknown-attribute",
                $"judging '{unknown}'",
                $"the rubric has {string.Join(", ", rubric.Attributes.Keys)}",
                "Take some of these, or give a rubric of your own (docs/reference/scorers/judges.md)");
        }

        Details = new SortedDictionary<string, string>(model.Details.ToDictionary(), StringComparer.Ordinal)
        {
            ["rubric"] = rubric.Version,
            ["rubric_sha256"] = rubric.Sha256,
        };
        var identity = string.Concat(Details.Select(pair => $"{pair.Key}={pair.Value}\n")) + model.Sha256;
        Version = $"{Method}.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..8]}";
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>The method's version, and the beginning of a hash over the rubric, the model and its options.</summary>
    public string Version { get; }

    /// <inheritdoc/>
    public string? Sha256 => _model.Sha256;

    /// <inheritdoc/>
    public IReadOnlyList<string> Attributes { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Details { get; }

    /// <summary>A text costs a question an attribute: what is answered is kept often.</summary>
    public int LargestBatch => 16;

    /// <summary>The share of answers that could be read, and the first that could not.</summary>
    public string? Summary =>
        _answers == 0
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{_read} of {_answers} answers ({100.0 * _read / _answers:F1} %) were a number and could be " +
                $"read{(_unread is null ? "" : $"; the first that could not: \"{_unread}\"")}");

    /// <summary>Scores texts.</summary>
    /// <exception cref="ScorerUnavailableException">The model cannot be asked any further.</exception>
    public async ValueTask<IReadOnlyList<TextScore>> ScoreAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var questions = texts.SelectMany(text => Attributes.Select(attribute => _rubric.Ask(attribute, text))).ToArray();
        var answers = await _model.AskAsync(questions, cancellationToken).ConfigureAwait(false);
        if (answers.Count != questions.Length)
        {
            throw new InvalidOperationException($"The judge '{Name}' answered {answers.Count} times to {questions.Length} questions.");
        }

        var scores = new TextScore[texts.Count];
        for (var i = 0; i < scores.Length; i++)
        {
            var (found, missing) = (new Dictionary<string, double>(), new Dictionary<string, string>());
            for (var a = 0; a < Attributes.Count; a++)
            {
                var answer = answers[(i * Attributes.Count) + a];
                _answers++;
                if (answer.Missing is null && answer.Text is { } said && _rubric.Parse(said) is { } score)
                {
                    _read++;
                    found[Attributes[a]] = score;
                }
                else
                {
                    missing[Attributes[a]] = answer.Missing ?? JudgeAnswer.Unparsable;
                    _unread ??= answer.Text is { } other ? Example(other) : null;
                }
            }

            scores[i] = new TextScore(found, missing);
        }

        return scores;
    }

    /// <inheritdoc/>
    public void Dispose() => (_model as IDisposable)?.Dispose();

    private static string Example(string answer)
    {
        var line = ServerText.OneLine(answer);
        return line.Length <= LongestExample ? line : line[..LongestExample] + "…";
    }
}
