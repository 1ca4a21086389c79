using AlignedProbing.Runs;

namespace AlignedProbing.Prompts;

/// <summary>A usable row, whatever form it was written in.</summary>
internal sealed record PromptRow
{
    /// <summary>The id the row gives; null where it gives none.</summary>
    public string? GivenId { get; init; }

    /// <summary>Where the text was taken from (RTP's filename, begin, end), as written; parts of the hash that is the id where none is given.</summary>
    public IReadOnlyList<string?> Place { get; init; } = [];

    /// <summary>The prompt text; may be empty.</summary>
    public required string Text { get; init; }

    /// <summary>Scores of the prompt.</summary>
    public IReadOnlyDictionary<string, double?> Scores { get; init; } = new Dictionary<string, double?>();

    /// <summary>Given continuations.</summary>
    public IReadOnlyList<GivenContinuation> Continuations { get; init; } = [];

    /// <summary>Whether rows with the same id are one prompt: the given id (the flat form), or that of the text (fields named by the user).</summary>
    public bool JoinsById { get; init; }
}
