using AlignedProbing.Settings;

namespace AlignedProbing.Cli.Verbs;

/// <summary>What a verb is called with.</summary>
/// <param name="Given">The options, read into their types.</param>
/// <param name="Arguments">What stands without an option: run folders.</param>
/// <param name="Host">The machine.</param>
internal sealed record VerbInput(GivenSettings Given, IReadOnlyList<string> Arguments, Host Host)
{
    /// <summary>A path that was typed, absolute; null for null.</summary>
    public string? PathOf(string? typed) => typed is null ? null : Path.GetFullPath(typed, Host.WorkingFolder);

    /// <summary>The run folder of a verb that works on one that is there: its first argument, or an option's value.</summary>
    /// <param name="verb">The verb, for the message.</param>
    /// <param name="output">The option's value.</param>
    /// <exception cref="InputException"><c>wrong-usage</c>: none was named, or two.</exception>
    public string RunFolderOf(string verb, string? output) => (Arguments, output) switch
    {
        ([var folder], null) => PathOf(folder)!,
        ([], { } folder) => PathOf(folder)!,
        ([], null) => throw new InputException("wrong-usage", verb, "no run folder was named", $"Write for example: aligned-probing {verb} my-run"),
        _ => throw new InputException("wrong-usage", $"{verb} {Arguments[0]} --output {output}", "the run folder was named twice", "Name it once"),
    };
}
