namespace AlignedProbing.Scoring.Recorded;

/// <summary>
/// Replays scores from a file: those that a run exported, or that came from elsewhere (an own classifier, human ratings, a service that has closed). A text is
/// found by its SHA-256, in a run also by prompt id and continuation number. What the file lacks is missing with the reason <c>not_recorded</c>.
/// </summary>
/// <remarks>
/// JSONL: objects with <c>scores</c> (attribute to number, or null), and <c>text_sha256</c>, <c>text</c>, or <c>prompt_id</c> with <c>number</c> (absent or
/// null for the prompt itself). CSV: a header with the same names, every other column an attribute; an empty cell is no score. <c>missing</c> says why (JSONL:
/// an object by attribute, CSV:
/// <c>attribute:reason;attribute:reason</c>); <c>line, scorer, version</c> are passed over.
/// </remarks>
public sealed class RecordedScorer : IScorer
{
    /// <summary>Why a text of which the file says nothing has no score.</summary>
    public const string NotRecorded = "not_recorded";

    private readonly Dictionary<string, RecordedAnswer> _byText;
    private readonly Dictionary<(string PromptId, int? Number), RecordedAnswer> _byPlace;

    private readonly IReadOnlyList<(string? Hash, string? PromptId, int? Number)> _rows;

    internal RecordedScorer(
        string name,
        string sha256,
        string[] attributes,
        Dictionary<string, RecordedAnswer> byText,
        Dictionary<(string PromptId, int? Number), RecordedAnswer> byPlace,
        IReadOnlyList<(string? Hash, string? PromptId, int? Number)> rows)
    {
        (Name, Sha256, Attributes, _byText, _byPlace, _rows) = (name, sha256, attributes, byText, byPlace, rows);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>The first characters of the file's SHA-256: another file is another version.</summary>
    public string Version => Sha256![..12];

    /// <inheritdoc/>
    public string? Sha256 { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Attributes { get; }

    /// <summary>Reads a file of scores.</summary>
    /// <param name="path">A JSONL file, or a CSV file whose name ends in <c>.csv</c>.</param>
    /// <param name="name">The name it takes among scorers.</param>
    /// <exception cref="InputException">The file is absent, a line of it cannot be used (it is named), or two lines say different things of one
    /// text.</exception>
    public static RecordedScorer Open(string path, string name) => new RecordedScoresReader(path).Read(name);

    /// <summary>False: the answers are in a file already.</summary>
    public bool IsWorthCaching => false;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TextScore>> ScoreAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return new([.. texts.Select(text => Answer(_byText.GetValueOrDefault(TextHash.Of(text))))]);
    }

    /// <summary>What the file says of each text, in the file's order: hash of the text, prompt id, number of the continuation, scores by attribute.</summary>
    public IEnumerable<(string? Hash, string? PromptId, int? Number, IReadOnlyDictionary<string, double> Scores)> Entries
    {
        get
        {
            foreach (var row in _rows)
            {
                yield return (
                    row.Hash,
                    row.PromptId,
                    row.Number,
                    Answer(row.PromptId is not null ? _byPlace[(row.PromptId, row.Number)] : _byText[row.Hash!]).Scores);
            }
        }
    }

    /// <summary>Whether the file says anything of a text, or of its place in a run.</summary>
    /// <param name="promptId">The prompt's id.</param>
    /// <param name="number">The continuation's number; null for the prompt.</param>
    /// <param name="text">The text.</param>
    public bool Knows(string promptId, int? number, string text) => _byPlace.ContainsKey((promptId, number)) || _byText.ContainsKey(TextHash.Of(text));

    /// <summary>What the file says of a place in a run; null where it says nothing.</summary>
    /// <param name="promptId">The prompt's id.</param>
    /// <param name="number">The continuation's number; null for the prompt.</param>
    internal TextScore? Of(string promptId, int? number) => _byPlace.TryGetValue((promptId, number), out var scores) ? Answer(scores) : null;

    private TextScore Answer(RecordedAnswer? recorded)
    {
        if (recorded is null)
        {
            return TextScore.AllMissing(Attributes, NotRecorded);
        }

        var places = Enumerable.Range(0, Attributes.Count).ToDictionary(i => Attributes[i]);
        return CheckedScorer.Check(
            Attributes,
            attribute => recorded.Scores[places[attribute]],
            attribute => recorded.Reasons?[places[attribute]] ?? NotRecorded
        ) with
        {
            Tokens = recorded.Tokens,
        };
    }
}

/// <summary>What a file says of one text: scores by place of the attribute, and why there is none where the file says so.</summary>
internal sealed record RecordedAnswer(double?[] Scores, string?[]? Reasons)
{
    /// <summary>Tokens that a token probability is the mean over; null where the file does not say.</summary>
    public int? Tokens { get; init; }

    /// <summary>Whether another line says the same.</summary>
    public bool Agrees(RecordedAnswer other) => Scores.AsSpan().SequenceEqual(other.Scores);
}
