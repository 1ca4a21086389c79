using System.CommandLine;
using AlignedProbing.Cli.Options;

namespace AlignedProbing.Cli.Verbs;

/// <summary>Options that a manifest answers where the command line does not.</summary>
internal static class StageVerbOptions
{
    /// <summary>The option's values where it was given, otherwise <paramref name="asked"/>.</summary>
    public static IReadOnlyList<string> GivenOr(ParseResult parsed, Option<string[]> option, IReadOnlyList<string> asked) =>
        parsed.GetResult(option) is { Implicit: false } ? RunSettings.Split(parsed.GetValue(option)!) : asked;
}
