using System.Text.RegularExpressions;
using AlignedProbing.Cli.Verbs;
using AlignedProbing.Settings;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Docs;

/// <summary>What the documents say is there.</summary>
public partial class DocumentationTests
{
    private static readonly string[] Documents =
    [
        .. Directory.EnumerateFiles(SharedData.RepositoryRoot, "*.md"),
        .. Directory.EnumerateFiles(Path.Combine(SharedData.RepositoryRoot, "docs"), "*.md", SearchOption.AllDirectories),
    ];

    [Fact]
    public void Every_error_code_has_its_page_and_every_page_its_error()
    {
        var source = string.Concat(
            Directory.EnumerateFiles(Path.Combine(SharedData.RepositoryRoot, "src"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));
        var codes = ErrorCode().Matches(source).Select(match => match.Groups[1].Value).Distinct().ToArray();
        var pages = Directory
            .EnumerateFiles(Path.Combine(SharedData.RepositoryRoot, "docs", "errors"), "*.md")
            .Select(page => Path.GetFileNameWithoutExtension(page))
            .ToArray();
        Assert.NotEmpty(codes);
        Assert.Empty(codes.Except(pages));
        Assert.DoesNotContain(pages, page => !source.Contains($"\"{page}\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_error_page_says_symptom_cause_and_fix_in_that_order()
    {
        var pages = Directory.GetFiles(Path.Combine(SharedData.RepositoryRoot, "docs", "errors"), "*.md");
        Assert.NotEmpty(pages);
        Assert.All(pages, page => Assert.Equal(["Symptom", "Cause", "Fix"], PagePart().Matches(File.ReadAllText(page)).Select(match => match.Groups[1].Value)));
    }

    [Fact]
    public void The_table_of_documents_names_every_document()
    {
        var folder = Path.Combine(SharedData.RepositoryRoot, "docs");
        var table = File.ReadAllText(Path.Combine(folder, "README.md"));
        var documents = new[] { "", "guide", "reference" }
            .SelectMany(part => Directory.EnumerateFiles(Path.Combine(folder, part), "*.md"))
            .Select(document => Path.GetRelativePath(folder, document).Replace('\\', '/'))
            .Where(name => name != "README.md")
            .ToArray();
        Assert.NotEmpty(documents);
        Assert.All(documents, name => Assert.Contains($"({name})", table, StringComparison.Ordinal));
    }

    [Fact]
    public void Links_between_documents_lead_somewhere()
    {
        var broken = Documents.SelectMany(document => Link().Matches(File.ReadAllText(document))
            .Select(match => match.Groups[1].Value.Split('#')[0])
            .Where(target => target.Length > 0 && !target.Contains("://", StringComparison.Ordinal))
            .Where(target => !Path.Exists(Path.Combine(Path.GetDirectoryName(document)!, target)))
            .Select(target => $"{Path.GetFileName(document)}: {target}"));
        Assert.Empty(broken);
    }

    [Fact]
    public void Every_documented_command_is_one_that_the_program_understands()
    {
        var root = CommandLine.Build(new TestHost().Host);
        var wrong = new List<string>();
        var commands = Documents.SelectMany(document => Commands(File.ReadAllText(document)).Select(command => (document, command))).ToArray();
        foreach (var (document, command) in commands)
        {
            var arguments = System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(command).Select(SettingCatalog.Spell).ToArray();
            var parsed = root.Parse(arguments);
            wrong.AddRange(parsed.Errors.Select(error => $"{Path.GetFileName(document)}: {command}: {error.Message}"));
            if (parsed.Errors.Count == 0 && arguments.Length > 1 && Fault(parsed) is { } fault)
            {
                wrong.Add($"{Path.GetFileName(document)}: {command}: {fault}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(commands.Length >= 4, "The documents lost their commands, or this test no longer finds them.");
    }

    // Options are read into their types and held to what the verb uses; nothing is done.
    private static string? Fault(System.CommandLine.ParseResult parsed)
    {
        try
        {
            _ = parsed.Tokens.Any(token => token.Value is "--help" or "-h" or "--config") ? null : (parsed.CommandResult.Command as VerbCommand)?.Bind(parsed);
            return null;
        }
        catch (InputException error)
        {
            return error.Message;
        }
    }

    // Lines of shell blocks, and commands within a sentence: the arguments after "aligned-probing" or after "dotnet run ... --".
    private static IEnumerable<string> Commands(string markdown) =>
        ShellBlock().Matches(markdown)
            .SelectMany(block => block.Groups[1].Value.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n'))
            .Concat(CommandInSentence().Matches(markdown).Select(match => match.Groups[1].Value))
            .Select(line => CommandStart().Match(line))
            .Where(match => match.Success)
            .Select(match => match.Groups[1].Value.Split('#', '|', '>')[0].Trim());

    [GeneratedRegex("""new InputException\(\s*"([a-z0-9-]+)""", RegexOptions.None, 1000)]
    private static partial Regex ErrorCode();

    [GeneratedRegex(@"^\*\*(\w+)\.\*\* ", RegexOptions.Multiline, 1000)]
    private static partial Regex PagePart();

    [GeneratedRegex(@"`(aligned-probing [^`\n]+)`", RegexOptions.None, 1000)]
    private static partial Regex CommandInSentence();

    [GeneratedRegex(@"\]\(([^)\s]+)\)", RegexOptions.None, 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"```(?:sh|bash|console)\n(.*?)```", RegexOptions.Singleline, 1000)]
    private static partial Regex ShellBlock();

    [GeneratedRegex(@"^\s*(?:\$ )?(?:aligned-probing|dotnet run .*?AlignedProbing\.Cli --)\s*(.*)$", RegexOptions.None, 1000)]
    private static partial Regex CommandStart();
}
