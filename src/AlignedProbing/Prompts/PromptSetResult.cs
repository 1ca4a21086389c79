using AlignedProbing.Runs;

namespace AlignedProbing.Prompts;

/// <summary>What reading a prompt set gave.</summary>
public sealed record PromptSetResult
{
    /// <summary>The prompts, in the file's order, each with an id of its own.</summary>
    public required IReadOnlyList<Prompt> Prompts { get; init; }

    /// <summary>Where they come from and how many rows were read, used and left out: read = used + left out.</summary>
    public required PromptSetManifest Manifest { get; init; }

    /// <summary>The rows left out, with line and reason, in the file's order: the first 1,000. All are counted in <see cref="Manifest"/>.</summary>
    public required IReadOnlyList<PromptProblem> Problems { get; init; }
}

/// <summary>A row of a prompt set that cannot be used.</summary>
/// <param name="Line">Its line in the file, from 1; of a CSV row that spans several, the first.</param>
/// <param name="Reason">Why, as counted in the manifest: one of <see cref="PromptProblemReason"/>.</param>
/// <param name="Message">Why, in words.</param>
public sealed record PromptProblem(int Line, string Reason, string Message);
