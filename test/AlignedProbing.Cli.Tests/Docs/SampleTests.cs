using System.Globalization;
using AlignedProbing.Cli.Tests.Demo;
using AlignedProbing.Runs;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Native;

namespace AlignedProbing.Cli.Tests.Docs;

/// <summary>The programs of samples/ compile, run, and give what the command gives. They write to the console: nothing runs beside them.</summary>
[Collection(LiveTensorCollection.Name)]
public sealed class SampleTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public static TheoryData<string> Names => [.. SampleProgram.Files.Select(file => Path.GetFileName(file))];

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_sample_compiles_without_a_warning(string name) => Assert.Empty(SampleProgram.Compile(name).Faults);

    [Fact]
    public void The_page_for_NET_shows_the_sample_word_for_word()
    {
        var page = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "docs", "guide", "library.md"));
        Assert.Contains($"```csharp\n{SampleProgram.Text("probe-a-model.cs")}```", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vectors_of_ones_own_are_probed()
    {
        var (code, output, _) = await SampleProgram.RunAsync("probe-your-own-vectors.cs");
        Assert.Equal(0, code);
        Assert.Matches(
            @"^linear: r = 0\.\d\d over 20 runs; with permuted labels -?0\.\d\d\r?\nridge: r = 0\.\d\d over 4 runs; with permuted labels -?0\.\d\d\r?\n$",
            output);
    }

    [Fact]
    public async Task The_vectors_of_a_program_of_ones_own_are_those_of_a_run()
    {
        var tensors = LiveTensors.Count;
        var (code, output, error) = await SampleProgram.RunAsync("probe-a-model.cs", DemoFiles.Model, DemoFiles.Prompts);
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(tensors, LiveTensors.Count);
        output = output.ReplaceLineEndings("\n");
        Assert.Contains(
            $"```text\n{output}```",
            await File.ReadAllTextAsync(Path.Combine(SharedData.RepositoryRoot, "docs", "guide", "library.md"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal);

        // The same of the command: ridge has no randomness, so that the strengths agree to what is printed only where vectors, scores and folds do.
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(
            ExitCode.Done,
            await host.RunAsync(["run", "--samples", "1", "--max-new-tokens", "2", "--probe", "ridge", "--attributes", "toxicity", "--output", "run"]));
        var cells = RunFolder
            .Open(_temporary["run"])
            .ReadFindings()
            .Internals.Where(cell => cell is { Scenario: Scenario.Input, Control: "none" })
            .OrderBy(cell => cell.Layer);
        var lines = cells.Select(cell => string.Create(CultureInfo.InvariantCulture, $"layer {cell.Layer}: r = {cell.R:0.00}, n = {cell.N}"));
        Assert.Equal(lines, output.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_a_message_and_no_crash()
    {
        var (code, _, error) = await SampleProgram.RunAsync("probe-a-model.cs", DemoFiles.Model, _temporary["nothing.txt"]);
        Assert.Equal(2, code);
        Assert.Contains("there is no such file", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_whole_run_from_a_program_of_ones_own_ends_with_a_report()
    {
        var prompts = await PromptsAsync(16);
        var (code, output, error) = await SampleProgram.RunAsync("whole-run.cs", DemoFiles.Model, prompts, _temporary["mine"]);
        Assert.Equal(0, code);
        Assert.DoesNotContain("failed", error, StringComparison.Ordinal);
        Assert.Contains("Input: r = ", output, StringComparison.Ordinal);
        Assert.True(File.Exists(_temporary["mine/report.html"]));
    }

    [Fact]
    public async Task Interventions_from_a_program_of_ones_own_say_what_they_found()
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(
            ExitCode.Done,
            await host.RunAsync([
                "run",
                "--limit",
                "12",
                "--samples",
                "1",
                "--max-new-tokens",
                "3",
                "--probe",
                "ridge",
                "--layers",
                "2",
                "--attributes",
                "toxicity",
                "--output",
                "run",
            ]));
        var (code, output, error) = await SampleProgram.RunAsync("intervene.cs", _temporary["run"], DemoFiles.Model, "toxicity:Input:2");
        Assert.Equal((0, ""), (code, error));
        Assert.StartsWith("ablate-toxicity.input.2-2 changes EMT of toxicity by ", output, StringComparison.Ordinal);
        Assert.True(File.Exists(_temporary["run/intervention.html"]));
        Assert.Contains(
            $"```csharp\n{SampleProgram.Text("intervene.cs")}```",
            await File.ReadAllTextAsync(Path.Combine(SharedData.RepositoryRoot, "docs", "guide", "interventions.md"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    private async Task<string> PromptsAsync(int count)
    {
        var path = _temporary["prompts.jsonl"];
        await File.WriteAllLinesAsync(path, File.ReadLines(DemoFiles.Prompts).Take(count), TestContext.Current.CancellationToken);
        return path;
    }
}
