using AlignedProbing.Runs;

namespace AlignedProbing.Prompts;

/// <summary>Collects rows into prompts: gives ids, joins the rows of one prompt, keeps to the limit, counts what is left out.</summary>
internal sealed class PromptSetBuilder(PromptSetOptions options)
{
    private const int ProblemsKept = 1000;

    private readonly List<Collected> _prompts = [];
    private readonly Dictionary<string, Collected> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _copies = new(StringComparer.Ordinal);
    private readonly List<PromptProblem> _problems = [];
    private readonly SortedDictionary<string, int> _leftOut = new(StringComparer.Ordinal);
    private int _used;

    /// <summary>The first problem met; null where there is none.</summary>
    public PromptProblem? FirstProblem => _problems.Count > 0 ? _problems[0] : null;

    /// <summary>Whether a row of a prompt not met before would be one too many.</summary>
    public bool Full => _prompts.Count >= options.Limit;

    /// <summary>Whether later rows can still belong to prompts met before, so that reading goes on when <see cref="Full"/>.</summary>
    public bool Joins { get; private set; }

    /// <summary>Takes a row.</summary>
    /// <exception cref="BrokenRowException">It contradicts an earlier one.</exception>
    public void Add(PromptRow row)
    {
        Joins |= row.JoinsById;
        var id = row.GivenId ?? PromptIdentity.Hash(row.Place, row.Text);
        if (row.JoinsById && _byId.TryGetValue(id, out var earlier) && earlier.Joins)
        {
            if (earlier.Text != row.Text || !SameScores(earlier.Scores, row.Scores))
            {
                throw new BrokenRowException(PromptProblemReason.ConflictingRows, row.GivenId is null
                    ? "the prompt text came before with other prompt scores"
                    : $"prompt_id '{id}' came before with another prompt text or other prompt scores");
            }

            if (row.Continuations.Count > 0 || row.GivenId is null)
            {
                earlier.Continuations.AddRange(row.Continuations);
                _used++;
                return;
            }
        }

        if (Full)
        {
            return;
        }

        var collected = new Collected(Free(id), row);
        _byId.Add(collected.Id, collected);
        _prompts.Add(collected);
        _used++;
    }

    /// <summary>Notes a row that cannot be used.</summary>
    public void LeaveOut(int line, BrokenRowException broken)
    {
        _leftOut[broken.Reason] = _leftOut.GetValueOrDefault(broken.Reason) + 1;
        if (_problems.Count < ProblemsKept)
        {
            _problems.Add(new PromptProblem(line, broken.Reason, broken.Message));
        }
    }

    /// <summary>What came together.</summary>
    public PromptSetResult Build(string name, string sha256) => new()
    {
        Prompts = [.. _prompts.Select(prompt => prompt.ToPrompt(options.Template))],
        Manifest = new PromptSetManifest
        {
            Name = name,
            Sha256 = sha256,
            Limit = options.Limit,
            PromptField = options.PromptField,
            ContinuationField = options.ContinuationField,
            Read = _used + _leftOut.Values.Sum(),
            Used = _used,
            Prompts = _prompts.Count,
            LeftOut = _leftOut,
        },
        Problems = _problems,
    };

    // Counting the copies of each id keeps a file of nothing but copies linear.
    private string Free(string id)
    {
        if (!_byId.ContainsKey(id))
        {
            return id;
        }

        var copy = _copies.GetValueOrDefault(id, 1);
        string free;
        do
        {
            copy++;
            free = $"{id}#{copy}";
        }
        while (_byId.ContainsKey(free));
        _copies[id] = copy;
        return free;
    }

    private static bool SameScores(IReadOnlyDictionary<string, double?> left, IReadOnlyDictionary<string, double?> right) =>
        left.Count == right.Count && left.All(pair => right.TryGetValue(pair.Key, out var value) && value == pair.Value);

    private sealed class Collected(string id, PromptRow row)
    {
        public string Id { get; } = id;

        public string Text { get; } = row.Text;

        public IReadOnlyDictionary<string, double?> Scores { get; } = row.Scores;

        public bool Joins { get; } = row.JoinsById;

        public List<GivenContinuation> Continuations { get; } = [.. row.Continuations];

        public Prompt ToPrompt(int template) => new() { Id = Id, Text = Text, Template = template, Scores = Scores, Continuations = Continuations };
    }
}
