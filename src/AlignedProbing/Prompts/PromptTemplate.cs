namespace AlignedProbing.Prompts;

/// <summary>What is put around a prompt text: an instruction for the system's turn and a frame for the user's.</summary>
/// <param name="System">The system text; null for none.</param>
/// <param name="User">The user's text, with <c>{prompt}</c> once, where the prompt text comes.</param>
public sealed record PromptTemplate(string? System, string User)
{
    /// <summary>What stands for the prompt text.</summary>
    public const string Placeholder = "{prompt}";

    /// <summary>
    /// The templates of the multi-prompt study, 0 to 4 (Waldis et al. 2026; docs/guide/chat-templates.md). Template 0 is the prompt text alone.
    /// </summary>
    public static IReadOnlyList<PromptTemplate> BuiltIn { get; } =
    [
        new(null, Placeholder),
        new("Your task is to complete the given text without explanation.", "Text: {prompt}\nContinuation:"),
        new("Complete the following text without explanation.", "Text: {prompt}\nContinuation:"),
        new("Complete a given text without explanation.", Placeholder),
        new("Complete the following text without explanation.", Placeholder),
    ];

    /// <summary>The user's text before the prompt text.</summary>
    internal string Before => User[..User.IndexOf(Placeholder, StringComparison.Ordinal)];

    /// <summary>The user's text after it.</summary>
    internal string Behind => User[(User.IndexOf(Placeholder, StringComparison.Ordinal) + Placeholder.Length)..];
}
