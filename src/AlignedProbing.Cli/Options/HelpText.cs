using System.CommandLine;
using AlignedProbing.Cli.Verbs;
using AlignedProbing.Settings;

namespace AlignedProbing.Cli.Options;

/// <summary>Help of a verb, in sections, from the declarations.</summary>
internal static class HelpText
{
    private const int Width = 110;

    private const int Indent = 6;

    /// <summary>Writes it.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="typed">The command as it has to be typed.</param>
    /// <param name="output">Where to.</param>
    public static void Write(VerbCommand verb, string typed, TextWriter output)
    {
        output.WriteLine("Description:");
        Wrap(verb.Description!, 2, output);
        output.WriteLine("\nUsage:");
        output.WriteLine($"  {typed} {string.Join(' ', NamesOf(verb))}{string.Concat(verb.Arguments.Select(ArgumentOf))} [options]");
        foreach (var section in verb.Settings.GroupBy(setting => setting.Section).OrderBy(section => section.Key))
        {
            output.WriteLine($"\n{section.Key}:");
            foreach (var setting in section)
            {
                output.WriteLine($"  {setting.Name}{(setting.IsFlag ? $", {setting.Negation}" : $" <{setting.Shape}>")}");
                Wrap(setting.Help + Note(setting), Indent, output);
            }
        }

        output.WriteLine("\nHelp:\n  -?, -h, --help\n      Show this.\n");
    }

    /// <summary>What holds where an option is left out, and the values there are, as a note.</summary>
    private static string Note(Setting setting)
    {
        var range = setting.Range.Length > 0 && setting.Shape != setting.Range.Replace(", ", "|", StringComparison.Ordinal) ? setting.Range : "";
        var preset = setting.Required ? "required" : setting.LeftOut ?? setting.Default;
        preset = preset.Length == 0 || setting.Required ? preset : $"left out: {preset}";
        return (range, preset) switch
        {
            ("", "") => "",
            _ => $" [{string.Join("; ", new[] { range, preset }.Where(part => part.Length > 0))}]",
        };
    }

    private static string ArgumentOf(Argument argument) => argument.Arity.MinimumNumberOfValues > 0 ? $" <{argument.Name}>..." : $" [<{argument.Name}>]";

    private static IEnumerable<string> NamesOf(Command verb) =>
        verb.Parents.OfType<Command>().FirstOrDefault() is { } parent and not RootCommand ? [.. NamesOf(parent), verb.Name] : [verb.Name];

    private static void Wrap(string text, int indent, TextWriter output)
    {
        var line = new string(' ', indent);
        foreach (var word in text.Split(' '))
        {
            if (line.Length + word.Length + 1 > Width && line.Trim().Length > 0)
            {
                output.WriteLine(line.TrimEnd());
                line = new string(' ', indent);
            }

            line += word + " ";
        }

        output.WriteLine(line.TrimEnd());
    }
}
