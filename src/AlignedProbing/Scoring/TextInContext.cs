namespace AlignedProbing.Scoring;

/// <summary>A text to score, with what it goes on.</summary>
/// <param name="Text">The text.</param>
/// <param name="Before">The prompt that it goes on; null where it stands alone (a prompt itself, a line of a file).</param>
public readonly record struct TextInContext(string Text, string? Before = null);
