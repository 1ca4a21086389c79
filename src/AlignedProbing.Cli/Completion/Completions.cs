using System.CommandLine;
using AlignedProbing.Cli.Explain;
using AlignedProbing.Cli.Verbs;
using AlignedProbing.Settings;

namespace AlignedProbing.Cli.Completion;

/// <summary>How a command line that is being typed may go on, from the declarations of verbs and options.</summary>
internal static class Completions
{
    /// <summary>The argument by which scripts of shells ask; the words follow it, the last being the one that is typed (it may be empty).</summary>
    public const string Asked = "--complete";

    /// <summary>What may stand in the place of the last word; none where that is a file's name or a person's own word.</summary>
    /// <param name="root">The verbs.</param>
    /// <param name="words">The words after the command's name.</param>
    public static IReadOnlyList<string> Of(RootCommand root, IReadOnlyList<string> words)
    {
        var typed = words.Count > 0 ? words[^1] : "";
        string[] before = [.. words.SkipLast(1)];
        Command command = root;
        foreach (var word in before.TakeWhile(word => !word.StartsWith('-')))
        {
            command = command.Subcommands.FirstOrDefault(verb => verb.Name == word) ?? command;
        }

        return [.. Candidates(command, before, typed).Where(candidate => candidate.StartsWith(typed, StringComparison.Ordinal)).Distinct()];
    }

    private static IEnumerable<string> Candidates(Command command, string[] before, string typed)
    {
        if (typed.StartsWith('-'))
        {
            return command.Options.Where(option => !option.Hidden).Select(option => option.Name)
                .Concat(command is VerbCommand shown ? shown.Settings.Where(setting => setting.IsFlag).Select(setting => setting.Negation) : [])
                .Append("--help");
        }

        if (Array.FindLast(before, word => word.StartsWith('-')) is { } option && command is VerbCommand verb
            && verb.Settings.FirstOrDefault(setting => setting.Name == SettingCatalog.Spell(option)) is { } last
            && (last.Arity == ValueArity.Several || (last.Arity == ValueArity.One && before[^1] == option)))
        {
            return Choices(last);
        }

        return command.Subcommands.Count > 0 ? command.Subcommands.Select(sub => sub.Name)
            : command.Name == ExplainVerb.Name ? ErrorPages.Codes
            : command.Name == CompletionVerb.Name ? CompletionScripts.Shells
            : [];
    }

    // The values are listed only where they are names; "a whole number from 1" is none.
    private static string[] Choices(Setting setting)
    {
        var names = setting.Range.Split(", ");
        return names.Length > 1 && names.All(name => name.Length > 0 && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_'))
            ? names
            : [];
    }
}
