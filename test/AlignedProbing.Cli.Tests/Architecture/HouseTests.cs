using System.Text.RegularExpressions;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Architecture;

/// <summary>What every file of the repository keeps to: its namespace is its folder, its lines can be read, and nothing stray lies in the root.</summary>
public partial class HouseTests
{
    private const int LongestLine = 160;

    // Model files read top to bottom and may be longer.
    private const int LongestFile = 400;

    private static readonly string[] InTheRoot =
    [
        ".ci", ".editorconfig", ".git", ".gitignore", "AlignedProbing.slnx", "BannedSymbols.txt", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md",
        "Directory.Build.props", "Directory.Packages.props", "Dockerfile", "LICENSE", "NOTICE", "README.md", "SECURITY.md", "artifacts", "bench",
        "compose.yaml", "docs", "eng", "global.json", "runs", "samples", "src", "test", "tools", "TestResults",
    ];

    private static IEnumerable<string> Sources =>
        new[] { "src", "test", "bench", "tools", "samples" }
            .Select(folder => Path.Combine(SharedData.RepositoryRoot, folder))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories));

    [Fact]
    public void Folder_and_namespace_are_the_same()
    {
        var wrong = Sources
            .Select(file => (Place: Path.GetRelativePath(SharedData.RepositoryRoot, file), Space: Namespace().Match(File.ReadAllText(file)).Groups[1].Value))
            .Where(file => file.Place.StartsWith("src", StringComparison.Ordinal) && file.Space.Length > 0)
            .Where(file => file.Space != Path.GetDirectoryName(file.Place)![4..].Replace(Path.DirectorySeparatorChar, '.'))
            .Select(file => $"{file.Place}: {file.Space}");
        Assert.Empty(wrong);
    }

    [Fact]
    public void Lines_fit_the_width() =>
        Assert.Empty(
            from file in Sources
            from line in File.ReadLines(file).Index()
            where line.Item.Length > LongestLine
            select $"{Path.GetRelativePath(SharedData.RepositoryRoot, file)}:{line.Index + 1}: {line.Item.Length} columns");

    [Fact]
    public void Files_hold_one_thing() =>
        Assert.Empty(
            from file in Sources
            where !file.Contains($"{Path.DirectorySeparatorChar}Models{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
            let lines = File.ReadLines(file).Count()
            where lines > LongestFile
            select $"{Path.GetRelativePath(SharedData.RepositoryRoot, file)}: {lines} lines");

    [Fact]
    public void Nothing_stray_lies_in_the_root() =>
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(SharedData.RepositoryRoot), entry => !InTheRoot.Contains(Path.GetFileName(entry)));

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
