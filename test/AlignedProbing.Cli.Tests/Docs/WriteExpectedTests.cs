using System.Text.RegularExpressions;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Docs;

/// <summary>
/// docs/write_expected.py, which no test can run: the tensors it writes are those that were written of the golden models, and certificate.md explains all.
/// </summary>
public sealed partial class WriteExpectedTests
{
    private static string Script => File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "docs", "guide", "write_expected.py"));

    [Fact]
    public void It_writes_the_tensors_that_golden_files_have()
    {
        // Those two take a second model, loaded in bfloat16.
        var golden = new SafetensorsReader(SharedData.Path("goldens", "models", "gpt2", "expected.safetensors")).Names.Where(name =>
            !name.Contains("bf16", StringComparison.Ordinal));
        Assert.Equal(golden.Order(StringComparer.Ordinal), Written().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Its_tensors_are_explained()
    {
        var page = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "docs", "guide", "certificate.md"));
        Assert.All(Written(), name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
    }

    private static string[] Written() => [.. TensorLine().Matches(Script).Select(match => match.Groups[1].Value)];

    [GeneratedRegex("""^ {8}"(\w+)": """, RegexOptions.Multiline, 1000)]
    private static partial Regex TensorLine();
}
