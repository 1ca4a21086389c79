using System.CommandLine;
using AlignedProbing.Cli.Explain;
using AlignedProbing.Settings;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>explain</c>: the page of an error, on the terminal.</summary>
internal static class ExplainVerb
{
    /// <summary>Its name.</summary>
    public const string Name = "explain";

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        Name,
        "Show what an error means and what to do about it. Without a code: list every error there is. Needs no network.",
        new Argument<string?>("code") { Description = "The error's code, as its message names it.", Arity = ArgumentArity.ZeroOrOne },
        new VerbUse
        {
            Title = Name,
            Settings = [],
            Bind = input =>
            {
                var code = input.Arguments is [var named] ? named : null;
                return _ =>
                {
                    host.Output.WriteLine(code is null ? string.Join('\n', ErrorPages.Codes) : PageOf(code));
                    return Task.FromResult(ExitCode.Done);
                };
            },
        });

    private static string PageOf(string code) => ErrorPages.Of(code) ?? throw new InputException(
        "wrong-usage",
        $"explain {code}",
        "there is no error of that code",
        Nearest.To(code, ErrorPages.Codes) is { } nearest
            ? $"Its nearest is {nearest}; without a code, explain lists all of them"
            : "Without a code, explain lists all of them");
}
