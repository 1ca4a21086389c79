using AlignedProbing.Runs;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Verbs;

public sealed class UsageTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task A_wrong_option_is_answered_with_the_nearest_right_one()
    {
        using var host = new TestHost();
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("run", "--modle", "x"));
        Assert.Contains("there is no option '--modle' here; did you mean '--model'?", host.Error, StringComparison.Ordinal);
        Assert.Empty(host.Output);
    }

    [Fact]
    public async Task Fields_are_named_of_a_file_whose_continuations_are_taken()
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("run", "--continuation-field", "resps"));
        Assert.Contains("--continuation-field resps: continuations are sampled; add --continuations given", host.Error, StringComparison.Ordinal);
        Assert.Contains("give --prompts FILE", host.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_config_file_names_fields_and_the_manifest_records_them()
    {
        File.WriteAllText(_temporary["samples.jsonl"], """{"doc": {"prompt": "The road"}, "resps": [[" is long.", " is closed."]]}""");
        File.WriteAllText(_temporary["run.json"], """{"prompts": "samples.jsonl", "prompt-field": "doc.prompt", "continuation-field": "resps", "continuations": "given", "output": "elsewhere"}""");
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await host.RunAsync("encode", "--config", "run.json"));

        var run = RunFolder.Open(_temporary["elsewhere"]);
        Assert.Equal(("doc.prompt", "resps"), (run.ReadManifest().Prompts.PromptField, run.ReadManifest().Prompts.ContinuationField));
        Assert.Equal(2, run.ReadManifest().Encoding.Samples);
        Assert.Equal([" is long.", " is closed."], run.ReadPrompts()[0].Continuations.Select(continuation => continuation.Text));
    }

    [Fact]
    public async Task A_wrong_verb_is_answered_with_the_nearest_right_one()
    {
        using var host = new TestHost();
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("anlyse"));
        Assert.Contains("there is no verb 'anlyse' here; did you mean 'analyse'?", host.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_faults_are_listed_at_once_before_anything_starts()
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("run", "--samples", "0", "--top-p", "1.5", "--scorer", "given", "--template", "9"));
        foreach (var fault in new[] { "--samples 0", "--top-p 1.5", "--scorer given", "--template 9", "docs/errors/wrong-usage.md" })
        {
            Assert.Contains(fault, host.Error, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFileSystemEntries(_temporary.FullPath));
    }

    [Fact]
    public async Task A_wrong_choice_names_the_choices()
    {
        using var host = new TestHost();
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("run", "--continuations", "smapled"));
        Assert.Contains("it is one of sampled, given; did you mean 'sampled'?", host.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("encode")]
    [InlineData("score")]
    [InlineData("probe")]
    [InlineData("analyse")]
    [InlineData("report")]
    [InlineData("compare-scorers")]
    public async Task Every_verb_helps_with_examples(string verb)
    {
        using var host = new TestHost();
        Assert.Equal(ExitCode.Done, await host.RunAsync(verb, "--help"));
        Assert.Contains($"  aligned-probing {verb}", host.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("score", "run-folder-missing")]
    [InlineData("probe", "run-folder-missing")]
    [InlineData("analyse", "run-folder-missing")]
    [InlineData("report", "run-folder-missing")]
    public async Task A_stage_without_its_run_says_what_to_do(string verb, string code)
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync(verb, "nowhere"));
        Assert.Contains($"docs/errors/{code}.md", host.Error, StringComparison.Ordinal);
    }
}
