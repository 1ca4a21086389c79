using System.CommandLine;
using AlignedProbing.Cli.Completion;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>completion</c>: the script by which a shell completes the command.</summary>
internal static class CompletionVerb
{
    /// <summary>Its name.</summary>
    public const string Name = "completion";

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        Name,
        "Print the script by which a shell completes verbs, options and their values: bash, zsh, fish or pwsh. Its first lines say where to put it.",
        new Argument<string?>("shell") { Description = "bash, zsh, fish or pwsh.", Arity = ArgumentArity.ZeroOrOne },
        new VerbUse
        {
            Title = Name,
            Settings = [],
            Bind = input =>
            {
                var shell = input.Arguments is [var named] ? named : null;
                return _ =>
                {
                    host.Output.WriteLine(ScriptOf(shell).ReplaceLineEndings("\n"));
                    return Task.FromResult(ExitCode.Done);
                };
            },
        });

    private static string ScriptOf(string? shell) => (shell is null ? null : CompletionScripts.Of(shell)) ?? throw new InputException(
        "wrong-usage",
        $"completion {shell}",
        $"{(shell is null ? "no shell was named" : "there is no script for that shell")}; it is one of {string.Join(", ", CompletionScripts.Shells)}",
        "Give one of these shells");
}
