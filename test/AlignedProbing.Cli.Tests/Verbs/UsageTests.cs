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
