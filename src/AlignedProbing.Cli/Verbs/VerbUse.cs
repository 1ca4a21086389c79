using AlignedProbing.Settings;

namespace AlignedProbing.Cli.Verbs;

/// <summary>One thing that a verb does, and the options that it uses for it. An option that was given and is not among them is refused.</summary>
internal sealed record VerbUse
{
    /// <summary>What to call it: <c>score --texts</c>.</summary>
    public required string Title { get; init; }

    /// <summary>The option that asks for it; null for what the verb does otherwise.</summary>
    public Setting? When { get; init; }

    /// <summary>The options that it uses, all of which <see cref="Bind"/> reads.</summary>
    public required IReadOnlyList<Setting> Settings { get; init; }

    /// <summary>Reads the options and checks them, without touching anything; what it returns does the work and gives an <see cref="ExitCode"/>.</summary>
    public required Func<VerbInput, Func<CancellationToken, Task<int>>> Bind { get; init; }
}
