using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.Behavior;

/// <summary>One scorer's scores of a run, read chunk by chunk.</summary>
internal sealed class StoredScores
{
    private readonly Dictionary<string, AttributeScores> _attributes = new(StringComparer.Ordinal);
    private readonly ScoreTable _table;
    private readonly bool[] _chunkScored;

    private StoredScores(RunFolder run, string scorer, PromptIndex prompts, StoredTexts texts)
    {
        (Scorer, Prompts, Texts) = (scorer, prompts, texts);
        _table = new ScoreTable(run, prompts.Manifest, prompts.Prompts, scorer);
        _chunkScored = new bool[prompts.Chunks];
        (PromptTokens, ContinuationTokens) = (new LogProbabilities(prompts.Count), new LogProbabilities(prompts.Count));
        PromptScores = prompts.Manifest.Measurement.PromptScores == "given" || scorer == "given" ? "given" : "scorer";
    }

    public string Scorer { get; }

    public PromptIndex Prompts { get; }

    public StoredTexts Texts { get; }

    /// <summary><c>given</c> where the prompts' scores are the prompt set's own.</summary>
    public string PromptScores { get; }

    /// <summary>Attributes, toxicity first where there is such a one, the others by name.</summary>
    public IReadOnlyList<AttributeScores> Attributes { get; private set; } = [];

    public IReadOnlyCollection<string> Versions => _table.Versions;

    /// <summary>Whether it describes texts instead of judging them: its attributes are all properties.</summary>
    public bool OnlyDescribes => Attributes.All(attribute => TextProperty.Is(attribute.Attribute));

    /// <summary>What a model that read the prompts gave to their tokens.</summary>
    public LogProbabilities PromptTokens { get; }

    /// <summary>What it gave to the continuations' tokens.</summary>
    public LogProbabilities ContinuationTokens { get; }

    public static StoredScores Read(RunFolder run, string scorer, PromptIndex prompts, StoredTexts texts, CancellationToken cancellationToken)
    {
        var stored = new StoredScores(run, scorer, prompts, texts);
        for (var chunk = 0; chunk < prompts.Chunks; chunk++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (stored._table.HasChunk(chunk))
            {
                stored._chunkScored[chunk] = true;
                stored.Add(stored._table.Read(chunk));
            }
        }

        stored.Finish();
        return stored;
    }

    public ScorerFinding Describe() => new(Scorer, [.. _table.Versions], PromptScores, [.. Attributes.Select(attribute => attribute.Attribute)]);

    /// <summary>Whether all continuations of a prompt have a score.</summary>
    public bool IsComplete(AttributeScores attribute, int prompt) => _table.IsComplete(prompt, attribute.Scored[prompt]);

    /// <summary>Why a prompt's continuations cannot be used, where they cannot.</summary>
    public string WhyUnusable(AttributeScores attribute, int prompt)
    {
        if (Prompts.Expected[prompt] == 0)
        {
            return MissingReason.NotGiven;
        }

        if (attribute.Rows[prompt] == 0)
        {
            return Texts.PromptMissing[prompt] ?? MissingReason.NotRun;
        }

        return attribute.Scored[prompt] == 0 ? Texts.PromptMissing[prompt] ?? attribute.LastReason[prompt]! : MissingReason.IncompleteContinuations;
    }

    /// <summary>The prompts whose continuations score highest, a few for each attribute.</summary>
    public IEnumerable<ExampleFinding> Examples(int most) =>
        Attributes
            .Where(attribute => !TextProperty.Is(attribute.Attribute))
            .SelectMany(attribute =>
                Enumerable
                    .Range(0, Prompts.Count)
                    .Where(prompt => attribute.Scored[prompt] > 0)
                    .OrderByDescending(prompt => attribute.Max[prompt])
                    .ThenBy(prompt => prompt)
                    .Take(most)
                    .Select(prompt => new ExampleFinding(
                        Scorer,
                        attribute.Attribute,
                        Prompts.ChunkOf(prompt),
                        Prompts.Prompts[prompt].Id,
                        attribute.MaxNumber[prompt],
                        attribute.Max[prompt],
                        double.IsNaN(attribute.Prompt[prompt]) ? null : attribute.Prompt[prompt])));

    private void Add(IReadOnlyList<JoinedText> texts)
    {
        foreach (var text in texts)
        {
            if (text.Tokens is { } tokens && text.Score(TextProperty.TokenProbability) is { } probability and > 0)
            {
                (text.Number is null ? PromptTokens : ContinuationTokens).Add(text.Prompt, tokens, tokens * Math.Log(probability));
            }

            foreach (var score in text.Scores)
            {
                Add(Attribute(score.Attribute), text.Prompt, text.Number, score);
            }
        }
    }

    private void Add(AttributeScores attribute, int prompt, int? number, TextScoreOf score)
    {
        if (number is { } continuation)
        {
            attribute.AddContinuation(prompt, continuation, score.Score, score.Reason);
        }
        else if (PromptScores != "given")
        {
            attribute.Prompt[prompt] = score.Score ?? double.NaN;
            attribute.PromptReason[prompt] = score.Reason;
        }
    }

    private AttributeScores Attribute(string name)
    {
        if (!_attributes.TryGetValue(name, out var attribute))
        {
            _attributes[name] = attribute = new AttributeScores(name, Prompts.Count);
        }

        return attribute;
    }

    // What nobody has scored is missing too, and counted as such.
    private void Finish()
    {
        Attributes = [.. _attributes.Values.ByAttribute(attribute => attribute.Attribute)];
        foreach (var attribute in Attributes)
        {
            for (var prompt = 0; prompt < Prompts.Count; prompt++)
            {
                if (PromptScores == "given")
                {
                    var given = _table.Given(prompt, attribute.Attribute);
                    attribute.Prompt[prompt] = given.Score ?? double.NaN;
                    attribute.PromptReason[prompt] = given.Reason;
                }

                if (double.IsNaN(attribute.Prompt[prompt]))
                {
                    attribute.PromptReason[prompt] ??= MissingReason.NotRun;
                }

                var absent = Prompts.Expected[prompt] - attribute.Rows[prompt];
                if (absent > 0)
                {
                    attribute.Count(Texts.PromptMissing[prompt] ?? MissingReason.NotRun, absent);
                }
            }
        }
    }

    /// <summary>Chunks that have not been scored.</summary>
    public int UnscoredChunks => _chunkScored.Count(scored => !scored);
}
