using System.Globalization;
using System.CommandLine;
using System.Text;
using AlignedProbing.Cli.Verbs;
using AlignedProbing.Settings;

namespace AlignedProbing.Cli.Options;

/// <summary>The page <c>docs/reference/options.md</c>, from the declarations of the options and of the verbs that use them.</summary>
internal static class OptionsPage
{
    /// <summary>Its text.</summary>
    public static string Of(RootCommand root)
    {
        var uses = VerbsOf(root).SelectMany(verb => verb.Uses).ToArray();
        var page = new StringBuilder(
            """
            # Options

            Every option of every verb. This page is made from the declarations in `src/AlignedProbing/Settings`, and a test holds it to them.

            Names with underscores are accepted: `--top_p` is `--top-p`. A flag `--x` is turned off by `--no-x`. A file of options (`--config`) has the same
            names, without dashes in front. The command line wins over the file; both win over what a run was asked before; that wins over the default.

            The column *scope* says what another value means for results that are there:

            - *identity*: another run. A folder that was begun with another value is refused, and every difference is named.
            - *stage*: other results of one stage, beside those that are there. The stage's `options.json` keeps the value.
            - *machine*: the same results, made or shown in another way. It is never compared.

            An option that a verb does not use is refused.

            """.ReplaceLineEndings("\n"));
        foreach (var section in SettingCatalog.All.GroupBy(setting => setting.Section).OrderBy(section => section.Key))
        {
            page.Append(
                CultureInfo.InvariantCulture,
                $"\n## {section.Key}\n\n| option | values | left out | scope | used by | what it does |\n|---|---|---|---|---|---|\n");
            foreach (var setting in section)
            {
                var names = setting.Aliases.Count == 0 ? $"`{setting.Name}`" : $"`{setting.Name}` (also `{string.Join("`, `", setting.Aliases)}`)";
                var values = setting.IsFlag ? $"`{setting.Negation}`" : setting.Range.Length > 0 ? setting.Range : setting.Shape;
                var preset = setting.Required ? "required" : setting.IsFlag ? "off" : setting.LeftOut ?? setting.Default;
                // A use may word a declaration for itself; its name and section stay.
                var users = uses.Where(use => use.Settings.Any(used => used == setting || (used.Help == setting.Help && used.Name == setting.Name)))
                    .Select(use => use.Title)
                    .Distinct();
                page.Append(
                    CultureInfo.InvariantCulture,
                    $"| {names} | {Cell(values)} | {Cell(preset)} | {setting.Scope.ToString().ToLowerInvariant()} | {string.Join(", ", users)} " +
                    $"| {Cell(setting.Help)} |\n");
            }
        }

        return page.ToString();
    }

    /// <summary>Every verb of a command tree.</summary>
    public static IEnumerable<VerbCommand> VerbsOf(Command command) =>
        command.Subcommands.SelectMany(VerbsOf).Concat(command is VerbCommand verb ? [verb] : (IEnumerable<VerbCommand>)[]);

    private static string Cell(string text) =>
        text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "\\<", StringComparison.Ordinal);
}
