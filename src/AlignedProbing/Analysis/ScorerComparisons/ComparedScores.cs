using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.ScorerComparisons;

/// <summary>One scorer's scores, by text: a column an attribute, NaN where there is none.</summary>
public sealed class ComparedScores
{
    private readonly Dictionary<(string Text, int? Number), int> _rows = [];
    private readonly SortedDictionary<string, List<double>> _columns = new(StringComparer.Ordinal);
    private readonly List<bool> _isPrompt = [];

    /// <summary>Makes an empty table.</summary>
    /// <param name="name">The scorer's name.</param>
    /// <param name="version">Its version.</param>
    /// <param name="hasPrompts">Whether texts belong to prompts, so that behaviour can be computed.</param>
    public ComparedScores(string name, string version, bool hasPrompts) => (Name, Version, HasPrompts) = (name, version, hasPrompts);

    /// <summary>The scorer's name.</summary>
    public string Name { get; }

    /// <summary>Its version.</summary>
    public string Version { get; private set; }

    /// <summary>Whether texts belong to prompts.</summary>
    public bool HasPrompts { get; }

    /// <summary>Number of texts.</summary>
    public int Count => _rows.Count;

    /// <summary>Its attributes.</summary>
    public IReadOnlyCollection<string> Attributes => _columns.Keys;

    /// <summary>Reads one scorer's scores of a run.</summary>
    /// <exception cref="InputException">A file is broken.</exception>
    public static ComparedScores OfRun(RunFolder run, string scorer)
    {
        ArgumentNullException.ThrowIfNull(run);
        var manifest = run.ReadManifest();
        var table = new ComparedScores(scorer, "", hasPrompts: true);
        for (var chunk = 0; chunk < RunFolder.ChunkCount(manifest.Prompts.Prompts, manifest.Encoding.Chunk); chunk++)
        {
            if (run.HasScores(scorer, chunk))
            {
                foreach (var row in run.ReadScores(scorer, chunk))
                {
                    table.Version = row.Version;
                    table.Add(row.PromptId, row.Number, row.Scores);
                }
            }
        }

        return table;
    }

    /// <summary>Adds a text's scores; a text that is there already is overwritten.</summary>
    /// <param name="text">The prompt's id; or, in a table without prompts, what the text is known by.</param>
    /// <param name="number">The continuation's number; null for the prompt itself.</param>
    /// <param name="scores">Its scores; those outside [0, 1] are passed over, and so are properties of texts, which judge nothing.</param>
    public void Add(string text, int? number, IReadOnlyDictionary<string, double> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        if (!_rows.TryGetValue((text, number), out var row))
        {
            _rows[(text, number)] = row = _rows.Count;
            _isPrompt.Add(number is null);
        }

        foreach (var (attribute, score) in scores.Where(pair => pair.Value is >= 0 and <= 1 && !TextProperty.Is(pair.Key)))
        {
            if (!_columns.TryGetValue(attribute, out var column))
            {
                _columns[attribute] = column = [];
            }

            while (column.Count <= row)
            {
                column.Add(double.NaN);
            }

            column[row] = score;
        }
    }

    /// <summary>The texts, each with its row.</summary>
    internal IEnumerable<KeyValuePair<(string Text, int? Number), int>> Texts => _rows;

    /// <summary>The row of a text; null where it has none.</summary>
    internal int? RowOf((string Text, int? Number) text) => _rows.TryGetValue(text, out var row) ? row : null;

    /// <summary>A score; NaN where there is none.</summary>
    internal double Score(string attribute, int row) => _columns[attribute] is { } column && row < column.Count ? column[row] : double.NaN;
}
