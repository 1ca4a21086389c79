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
    public async Task Exit_codes_are_in_help_and_on_their_page_as_they_are()
    {
        using var host = new TestHost();
        Assert.Equal(ExitCode.Done, await host.RunAsync("--help"));
        Assert.Contains(
            "0 done, 1 some units, a service or the disk failed and all others are done, 2 wrong usage or input, 70 a fault of the program, 130 interrupted "
            + "(docs/guide/automation.md)",
            host.Output,
            StringComparison.Ordinal);
        var page = await File.ReadAllTextAsync(
            Path.Combine(SharedData.RepositoryRoot, "docs", "guide", "automation.md"),
            TestContext.Current.CancellationToken);
        foreach (
            var (code, meaning) in new[]
            {
                (ExitCode.Done, "all that was asked is done"),
                (ExitCode.SomeFailed, "some units failed"),
                (ExitCode.WrongInput, "wrong usage or input"),
                (ExitCode.Fault, "a fault of the program itself"),
                (ExitCode.Interrupted, "interrupted"),
                (ExitCode.NobodyReads, "whoever read standard output closed it"),
            })
        {
            Assert.Contains($"| {code} | {meaning}", page, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("file", "there is a file of that name")]
    [InlineData("file/run", "file")]
    public async Task An_output_that_cannot_be_made_is_named_before_any_work(string output, string found)
    {
        File.WriteAllText(_temporary["file"], "");
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("run", "--output", output, "--limit", "2"));
        Assert.Contains(found, host.Error, StringComparison.Ordinal);
        Assert.Contains("Choose another --output", host.Error, StringComparison.Ordinal);
        Assert.Contains("(docs/errors/output-not-writable.md)", host.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("encode:", host.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_another_process_holds_is_told_apart_from_one_that_cannot_be_written_to()
    {
        string[] encode = ["encode", "--output", "run", "--limit", "2", "--samples", "1", "--max-new-tokens", "1"];
        Assert.Equal(ExitCode.Done, await new TestHost(_temporary.FullPath).RunAsync(encode));
        using (new FileStream(_temporary["run/.lock"], FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            using var second = new TestHost(_temporary.FullPath);
            Assert.Equal(ExitCode.WrongInput, await second.RunAsync(encode));
            Assert.Contains("another process is working on it", second.Error, StringComparison.Ordinal);
        }

        File.Delete(_temporary["run/.lock"]);
        Directory.CreateDirectory(_temporary["run/.lock"]);
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync(encode));
        Assert.DoesNotContain("another process", host.Error, StringComparison.Ordinal);
        Assert.Contains("(docs/errors/output-not-writable.md)", host.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_folder_without_a_tokenizer_is_told_once_what_is_missing()
    {
        var folder = Directory.CreateDirectory(_temporary["model"]).FullName;
        foreach (var file in new[] { "config.json", "model.safetensors" })
        {
            File.Copy(Path.Combine(AppContext.BaseDirectory, "Demo", "model", file), Path.Combine(folder, file));
        }

        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("run", "--model", "model", "--prompts", "demo", "--output", "run"));
        Assert.Single(host.Error.Split("reading the tokenizer").Skip(1));
        Assert.Contains("(docs/errors/tokenizer.md)", host.Error, StringComparison.Ordinal);
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
        File.WriteAllText(
            _temporary["run.json"],
            """{"prompts": "samples.jsonl", "prompt-field": "doc.prompt", "continuation-field": "resps", "continuations": "given", "output": "elsewhere"}""");
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
