namespace AlignedProbing.Runs;

/// <summary>
/// One scorer's scores of a run joined with its prompts, chunk by chunk: what labels of probes and figures of behaviour both rest on. One rule for all: a text
/// has one row or none; a score lies in [0, 1] or is missing (<see cref="MissingReason.OutOfRange"/>); a prompt's continuations are complete when each that
/// it should have has a score.
/// </summary>
public sealed class ScoreTable
{
    private readonly RunFolder _run;
    private readonly int _chunk;
    private readonly IReadOnlyList<Prompt> _prompts;
    private readonly Dictionary<string, int> _positions;
    private readonly List<string> _attributes = [];
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _versions = new(StringComparer.Ordinal);

    /// <param name="run">The run.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="prompts">Its prompts, in order.</param>
    /// <param name="scorer">The scorer.</param>
    /// <exception cref="InputException">Two prompts have one id.</exception>
    public ScoreTable(RunFolder run, Manifest manifest, IReadOnlyList<Prompt> prompts, string scorer)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(prompts);
        (_run, _chunk, _prompts, Scorer) = (run, manifest.Encoding.Chunk, prompts, scorer);
        _positions = new Dictionary<string, int>(prompts.Count, StringComparer.Ordinal);
        foreach (var (position, prompt) in prompts.Index())
        {
            if (!_positions.TryAdd(prompt.Id, position))
            {
                throw new InputException(
                    "run-folder-broken",
                    $"reading the run '{run.FullPath}'",
                    $"prompts.jsonl names the prompt '{prompt.Id}' twice",
                    "Start the run again from its prompt set; prompts.jsonl was changed by hand");
            }
        }

        Expected = [.. prompts.Select(prompt => ExpectedOf(manifest.Encoding, prompt))];
    }

    /// <summary>The scorer.</summary>
    public string Scorer { get; }

    /// <summary>Continuations that each prompt should have.</summary>
    public IReadOnlyList<int> Expected { get; }

    /// <summary>The attributes found so far, in the order in which the files name them.</summary>
    public IReadOnlyList<string> Attributes => _attributes;

    /// <summary>Versions of the scorer found so far.</summary>
    public IReadOnlyCollection<string> Versions => _versions;

    /// <summary>Number of chunks.</summary>
    public int Chunks => RunFolder.ChunkCount(_prompts.Count, _chunk);

    /// <summary>Continuations that a prompt should have.</summary>
    public static int ExpectedOf(EncodingManifest encoding, Prompt prompt)
    {
        ArgumentNullException.ThrowIfNull(encoding);
        ArgumentNullException.ThrowIfNull(prompt);
        return encoding.Continuations == "given" ? prompt.Continuations.Count : encoding.Samples;
    }

    /// <summary>Whether all continuations that a prompt should have are among a number of scored ones; never where it should have none.</summary>
    public bool IsComplete(int prompt, int scored) => Expected[prompt] > 0 && scored >= Expected[prompt];

    /// <summary>Whether a chunk is scored.</summary>
    public bool HasChunk(int chunk) => _run.HasScores(Scorer, chunk);

    /// <summary>The score that the prompt set itself gives to a prompt.</summary>
    public TextScoreOf Given(int prompt, string attribute) => Checked(attribute, _prompts[prompt].Scores.GetValueOrDefault(attribute), MissingReason.NotGiven);

    /// <summary>Reads a chunk's texts, in the order of the prompts: each prompt's own, then its continuations.</summary>
    /// <exception cref="InputException">The file is damaged, names another prompt, or holds a text twice or out of order.</exception>
    public IReadOnlyList<JoinedText> Read(int chunk)
    {
        var rows = _run.ReadScores(Scorer, chunk);
        var texts = new List<JoinedText>(rows.Count);
        var seen = new HashSet<(int Prompt, int? Number)>(rows.Count);
        foreach (var row in rows)
        {
            if (!_positions.TryGetValue(row.PromptId, out var prompt) || prompt / _chunk != chunk)
            {
                throw Broken(chunk, $"it names a prompt '{row.PromptId}' that prompts.jsonl does not have in this chunk");
            }

            if (!seen.Add((prompt, row.Number)))
            {
                throw Broken(chunk, $"it scores the same text of prompt '{row.PromptId}' twice");
            }

            _versions.Add(row.Version);
            var scores = new List<TextScoreOf>(row.Scores.Count + row.Missing.Count);
            scores.AddRange(row.Scores.Select(pair => Checked(pair.Key, pair.Value, MissingReason.NotRun)));
            scores.AddRange(row.Missing.Where(pair => !row.Scores.ContainsKey(pair.Key)).Select(pair => new TextScoreOf(pair.Key, null, pair.Value)));
            foreach (var score in scores.Where(score => _known.Add(score.Attribute)))
            {
                _attributes.Add(score.Attribute);
            }

            texts.Add(new JoinedText(prompt, row.Number, scores, row.Tokens));
        }

        return texts;
    }

    private InputException Broken(int chunk, string found) => new(
        "run-folder-broken",
        $"reading '{_run.ScoresPath(Scorer, chunk)}'",
        found,
        $"Remove the file and run 'aligned-probing score --scorer {Scorer}' on the run; everything else is kept");

    // JSON cannot hold NaN; what lies outside the range is no score.
    private static TextScoreOf Checked(string attribute, double? score, string whyNone) =>
        new(attribute, score is >= 0 and <= 1 ? score : null, score is null ? whyNone : score is >= 0 and <= 1 ? null : MissingReason.OutOfRange);
}
