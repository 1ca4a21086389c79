namespace AlignedProbing.Runs;

/// <summary>One prompt of a prompt set: a line of <c>prompts.jsonl</c>.</summary>
/// <remarks>Every join in this program is by <see cref="Id"/>, never by position.</remarks>
public sealed record Prompt
{
    /// <summary>The prompt's id, unique within a run. Byte-identical rows get <c>#2</c>, <c>#3</c> after it.</summary>
    public required string Id { get; init; }

    /// <summary>The prompt text, exactly as given: no template, no special tokens. May be empty.</summary>
    public required string Text { get; init; }

    /// <summary>The template it is put into (docs/guide/chat-templates.md): 0 is the text alone.</summary>
    public int Template { get; init; }

    /// <summary>Scores that the prompt set itself gives to the prompt, in [0, 1], by attribute; null where the set has none.</summary>
    public IReadOnlyDictionary<string, double?> Scores { get; init; } = new Dictionary<string, double?>();

    /// <summary>Continuations that the prompt set itself gives; empty where it has none.</summary>
    public IReadOnlyList<GivenContinuation> Continuations { get; init; } = [];
}

/// <summary>A continuation that comes with the prompt set.</summary>
/// <param name="Text">Its text, with its leading blank where it has one.</param>
/// <param name="Scores">Its scores in [0, 1], by attribute; null where the set has none.</param>
public sealed record GivenContinuation(string Text, IReadOnlyDictionary<string, double?> Scores);
