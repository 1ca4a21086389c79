using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Probing.Labels;

/// <summary>
/// The labels of a run, a number for each prompt in the order of prompts.jsonl, NaN where there is none; and where each prompt's vectors lie. All joins are by
/// id.
/// </summary>
internal sealed class RunLabels
{
    /// <summary>The control property: number of tokens pooled.</summary>
    public const string Length = "length";

    private readonly RunFolder _run;
    private readonly ProbingOptions _options;
    private readonly EncodingManifest _encoding;
    private readonly bool _givenPromptScores;
    private readonly IReadOnlyList<Prompt> _prompts;
    private readonly Dictionary<string, int> _numbers;
    private readonly ScoreTable _table;
    private readonly Dictionary<(string Attribute, LabelKind Kind), double[]> _labels = [];
    private readonly int[][] _rows;
    private readonly int[]? _groups;
    private readonly int[]? _outputGroups;
    private readonly Dictionary<string, int[][]> _rowsOfControls = [];

    private RunLabels(RunFolder run, Manifest manifest, ProbingOptions options)
    {
        (_run, _options, _encoding) = (run, options, manifest.Encoding);
        _givenPromptScores = (options.PromptScores ?? manifest.Measurement.PromptScores) == "given";
        _prompts = run.ReadPrompts();
        _table = new ScoreTable(run, manifest, _prompts, options.Scorer);
        _numbers = _prompts.Index().ToDictionary(pair => pair.Item.Id, pair => pair.Index, StringComparer.Ordinal);
        _rows = new int[RunFolder.ChunkCount(_prompts.Count, _encoding.Chunk)][];
        _groups = options.GroupDuplicates ? NearDuplicates.Groups([.. _prompts.Select(prompt => prompt.Text)]) : null;
        var each = options.Continuations.Count;
        _outputGroups = each == 1 ? _groups : [.. (_groups ?? [.. Enumerable.Range(0, _prompts.Count)]).SelectMany(group => Enumerable.Repeat(group, each))];
    }

    /// <summary>Which text's label.</summary>
    public enum LabelKind
    {
        /// <summary>The prompt's.</summary>
        Prompt,

        /// <summary>That of each continuation whose vector is probed.</summary>
        Continuation,

        /// <summary>The maximum (or mean) over all the prompt's continuations.</summary>
        All,
    }

    /// <summary>Number of prompts.</summary>
    public int Prompts => _prompts.Count;

    /// <summary>The scorer's attributes in the order in which its files name them, then length.</summary>
    public IReadOnlyList<string> Attributes => [.. ScoredAttributes, Length];

    /// <summary>Versions of the scorer found.</summary>
    public IReadOnlyCollection<string> ScorerVersions => _table.Versions;

    /// <summary>Number of chunks.</summary>
    public int Chunks => _rows.Length;

    /// <summary>Where prompts' labels come from.</summary>
    public string PromptScores => _givenPromptScores ? "given" : "scorer";

    /// <summary>Reads them.</summary>
    /// <exception cref="InputException">A chunk is not encoded or not scored, or a file does not fit the others.</exception>
    public static RunLabels Read(RunFolder run, Manifest manifest, ProbingOptions options)
    {
        var labels = new RunLabels(run, manifest, options);
        labels.RefuseIncomplete();
        for (var chunk = 0; chunk < labels.Chunks; chunk++)
        {
            labels.ReadChunk(chunk);
        }

        foreach (var control in options.Controls.Intersect(ControlEncoding.Names))
        {
            var encodings = run.WithEncodingsOf(control);
            labels._rowsOfControls[control] =
            [
                .. Enumerable
                    .Range(0, labels.Chunks)
                    .Select(chunk => (int[])[.. encodings.ReadEncodedPrompts(chunk).Select(row => labels.Number(row.PromptId, chunk))]),
            ];
        }

        return labels;
    }

    /// <summary>Labels by row of the vectors: a prompt each on the input side, a prompt and continuation each on the output side.</summary>
    public IReadOnlyList<double> Of(string attribute, LabelKind kind, string side)
    {
        var (values, each) = (Column(attribute, kind), _options.Continuations.Count);
        return side == "input" || each == 1 || kind == LabelKind.Continuation ? values : [.. values.SelectMany(value => Enumerable.Repeat(value, each))];
    }

    /// <summary>Of each row the group that is kept within one fold; null where every row is its own.</summary>
    public IReadOnlyList<int>? Groups(string side) => side == "input" ? _groups : _outputGroups;

    /// <summary>Number of the prompt that a row of a chunk's vectors belongs to.</summary>
    /// <param name="control">The control task whose encodings are read; null for the run's own.</param>
    /// <param name="chunk">The chunk.</param>
    public IReadOnlyList<int> PromptsOfRows(string? control, int chunk) => control is null ? _rows[chunk] : _rowsOfControls[control][chunk];

    private void RefuseIncomplete()
    {
        var chunks = Enumerable.Range(0, Chunks).ToArray();
        var unencoded = chunks.Where(chunk => !_run.HasEncoding(chunk)).ToArray();
        if (unencoded.Length > 0)
        {
            throw Incomplete("encoded", unencoded, "encode");
        }

        foreach (var control in _options.Controls.Intersect(ControlEncoding.Names))
        {
            var encodings = _run.WithEncodingsOf(control);
            var absent = chunks.Where(chunk => !encodings.HasEncoding(chunk)).ToArray();
            if (absent.Length > 0)
            {
                throw Incomplete($"encoded for the control task '{control}'", absent, $"encode ... --control {control}");
            }
        }

        var unscored = chunks.Where(chunk => !_table.HasChunk(chunk)).ToArray();
        if (unscored.Length > 0)
        {
            throw Incomplete($"scored by '{_options.Scorer}'", unscored, "score");
        }

        InputException Incomplete(string what, int[] missing, string verb) => new(
            "run-incomplete",
            $"probing '{_run.FullPath}'",
            $"{missing.Length} of {Chunks} chunks are not {what} (the first: {missing[0]})",
            $"Run 'aligned-probing {verb}' on it first: it goes on where it was; probes of a part would not be those of the whole");
    }

    private void ReadChunk(int chunk)
    {
        var encoded = _run.ReadEncodedPrompts(chunk);
        _rows[chunk] = new int[encoded.Count];
        for (var row = 0; row < encoded.Count; row++)
        {
            var prompt = Number(encoded[row].PromptId, chunk);
            _rows[chunk][row] = prompt;
            if (encoded[row].Missing is null && encoded[row].InputTokens > 0)
            {
                Column(Length, LabelKind.Prompt)[prompt] = encoded[row].InputTokens;
            }
        }

        var continuations = _run.ReadContinuations(chunk).ToLookup(continuation => Number(continuation.PromptId, chunk));
        var scores = _table.Read(chunk).ToLookup(text => text.Prompt);
        foreach (var prompt in _rows[chunk])
        {
            ReadPrompt(prompt, [.. continuations[prompt]], [.. scores[prompt]]);
        }
    }

    private void ReadPrompt(int prompt, IReadOnlyList<Continuation> continuations, IReadOnlyList<JoinedText> scores)
    {
        Take(
            Length,
            [
                .. continuations
                    .Where(continuation => continuation.TokenIds.Count > 0)
                    .Select(continuation => (continuation.Number, (double)continuation.TokenIds.Count)),
            ]);
        foreach (var attribute in ScoredAttributes)
        {
            if (PromptScore(prompt, attribute, scores) is { } score)
            {
                Column(attribute, LabelKind.Prompt)[prompt] = score;
            }

            Take(
                attribute,
                [
                    .. scores
                        .Where(text => text.Number is not null && text.Score(attribute) is not null)
                        .Select(text => (text.Number!.Value, text.Score(attribute)!.Value)),
                ]);
        }

        void Take(string attribute, IReadOnlyList<(int Number, double Value)> values)
        {
            foreach (var (number, value) in values)
            {
                for (var i = 0; i < _options.Continuations.Count; i++)
                {
                    if (_options.Continuations[i] == number)
                    {
                        Column(attribute, LabelKind.Continuation)[(prompt * _options.Continuations.Count) + i] = value;
                    }
                }
            }

            // A maximum over those that happen to have a score would be biased: all or none.
            if (_table.IsComplete(prompt, values.Count))
            {
                Column(attribute, LabelKind.All)[prompt] = _options.Backward == "max" ? values.Max(pair => pair.Value) : values.Average(pair => pair.Value);
            }
        }
    }

    private double? PromptScore(int prompt, string attribute, IReadOnlyList<JoinedText> scores) =>
        _givenPromptScores ? _table.Given(prompt, attribute).Score : scores.FirstOrDefault(text => text.Number is null)?.Score(attribute);

    // A scorer's own "length" gives way to the control property of that name.
    private IEnumerable<string> ScoredAttributes => _table.Attributes.Where(attribute => attribute != Length);

    private double[] Column(string attribute, LabelKind kind)
    {
        if (!_labels.TryGetValue((attribute, kind), out var values))
        {
            values = new double[kind == LabelKind.Continuation ? Prompts * _options.Continuations.Count : Prompts];
            values.AsSpan().Fill(double.NaN);
            _labels[(attribute, kind)] = values;
        }

        return values;
    }

    private int Number(string id, int chunk) =>
        _numbers.TryGetValue(id, out var number)
            ? number
            : throw new InputException(
                "run-folder-broken",
                $"probing '{_run.FullPath}'",
                $"chunk {chunk} names a prompt '{id}' that prompts.jsonl does not have",
                "Remove the chunk's encoding and scores, and run the stages again");
}
