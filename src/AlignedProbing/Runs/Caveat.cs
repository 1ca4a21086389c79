namespace AlignedProbing.Runs;

/// <summary>A thing to know before believing a figure, and where it stands.</summary>
/// <param name="Place">
/// <c>top</c>: above the figures, since it changes a conclusion; <c>behaviour</c> or <c>layers</c>: at the figures that it concerns; <c>demo</c>: what the demo
/// says of
/// itself.
/// </param>
/// <param name="Text">Its sentences: one of <see cref="Findings.Warnings"/>.</param>
public sealed record Caveat(string Place, string Text)
{
    /// <summary>So many stand above the figures at most.</summary>
    public const int MostAtTop = 2;
}
