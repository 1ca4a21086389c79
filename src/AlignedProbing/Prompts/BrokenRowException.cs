namespace AlignedProbing.Prompts;

/// <summary>A row cannot be used; never leaves this room, where it becomes a <see cref="PromptProblem"/>.</summary>
internal sealed class BrokenRowException(string reason, string message) : Exception(message)
{
    /// <summary>One of <see cref="PromptProblemReason"/>.</summary>
    public string Reason { get; } = reason;
}
