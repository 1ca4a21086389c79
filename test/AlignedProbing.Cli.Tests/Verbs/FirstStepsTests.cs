using System.Diagnostics;
using AlignedProbing.Cli.Completion;
using AlignedProbing.Cli.Explain;
using AlignedProbing.Runs;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Verbs;

/// <summary>What somebody meets who tries the command for the first time: version, completion, pages of errors, and words that lead on.</summary>
public sealed class FirstStepsTests : IDisposable
{
    private static readonly string[] Small = ["--limit", "6", "--samples", "1", "--max-new-tokens", "2", "--probe", "mean", "--layers", "0", "--output", "run"];

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task The_version_has_the_commit_that_git_names()
    {
        using var host = new TestHost();
        Assert.Equal(ExitCode.Done, await host.RunAsync("--version"));
        Assert.Matches(@"^0\.1\.0, (commit [0-9a-f]{40}|built outside a git repository), \.NET 10\.[0-9.]+, [a-z]+-[a-z0-9]+\n$", host.Output);
    }

    [Fact]
    public async Task Every_page_of_an_error_is_in_the_program_without_marks()
    {
        var pages = Directory.EnumerateFiles(Path.Combine(SharedData.RepositoryRoot, "docs", "errors"), "*.md").Select(Path.GetFileNameWithoutExtension);
        Assert.Equal(pages.Order(StringComparer.Ordinal), ErrorPages.Codes);
        Assert.All(ErrorPages.Codes, code =>
        {
            var page = ErrorPages.Of(code)!;
            Assert.StartsWith(code + "\n", page, StringComparison.Ordinal);
            Assert.DoesNotContain("**", page, StringComparison.Ordinal);
            Assert.DoesNotContain("](", page, StringComparison.Ordinal);
        });
        foreach (string[] asked in new[] { new[] { "explain", "hub-offline" }, ["--explain", "hub-offline"] })
        {
            using var host = new TestHost();
            Assert.Equal(ExitCode.Done, await host.RunAsync(asked));
            Assert.Equal(ErrorPages.Of("hub-offline") + "\n", host.Output);
        }

        using var wrong = new TestHost();
        Assert.Equal(ExitCode.WrongInput, await wrong.RunAsync("explain", "hub-ofline"));
        Assert.Contains("Its nearest is hub-offline", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_names_the_page_by_a_command_that_shows_it()
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("report", "nowhere"));
        Assert.Contains("More: aligned-probing explain run-folder-missing (docs/errors/run-folder-missing.md)", host.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/home/me/.dotnet/tools/aligned-probing", "/home/me", null, "aligned-probing")]
    [InlineData("/usr/bin/dotnet", "/home/me", null, "aligned-probing")]
    [InlineData("/opt/ap/aligned-probing", "/opt", null, "ap/aligned-probing")]
    [InlineData("/opt/ap/aligned-probing", "/opt/ap", null, "./aligned-probing")]
    [InlineData("/opt/ap/aligned-probing", "/home/me", null, "/opt/ap/aligned-probing")]
    [InlineData("/opt/a p/aligned-probing", "/home/me", null, "\"/opt/a p/aligned-probing\"")]
    [InlineData("CLONE/artifacts/bin/aligned-probing", "CLONE", "1", "dotnet run -c Release --project src/AlignedProbing.Cli --")]
    public void The_command_is_named_as_it_was_typed(string process, string folder, string? dotnetRun, string typed)
    {
        var clone = SharedData.RepositoryRoot;
        string? Variable(string name) => name switch
        {
            "PATH" => $"/usr/bin{Path.PathSeparator}/home/me/.dotnet/tools/",
            "MSBUILDFAILONDRIVEENUMERATINGWILDCARD" => dotnetRun,
            _ => null,
        };
        Assert.Equal(
            typed,
            TypedCommand.Of(
                process.Replace("CLONE", clone, StringComparison.Ordinal), folder.Replace("CLONE", clone, StringComparison.Ordinal), Variable));
    }

    [Fact]
    public async Task Messages_and_help_name_the_command_as_it_was_typed_and_the_program_by_its_name()
    {
        using var inner = new TestHost(_temporary.FullPath);
        var host = inner.Host with { Command = "dotnet run -c Release --project src/AlignedProbing.Cli --" };
        Assert.Equal(ExitCode.WrongInput, await CommandLine.RunAsync(["probe"], host, TestContext.Current.CancellationToken));
        Assert.Contains("aligned-probing: probe: no run folder was named", inner.Error, StringComparison.Ordinal);
        Assert.Contains("Write for example: dotnet run -c Release --project src/AlignedProbing.Cli -- probe my-run", inner.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, await CommandLine.RunAsync(["probe", "--help"], host, TestContext.Current.CancellationToken));
        Assert.Contains("  dotnet run -c Release --project src/AlignedProbing.Cli -- probe [<run>] [options]", inner.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("aligned-probing probe", inner.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("doctor|plan|run|encode", "")]
    [InlineData("report", "rep")]
    [InlineData("--model", "run", "--mod")]
    [InlineData("sampled|given", "run", "--continuations", "")]
    [InlineData("linear|logistic-l2|logistic", "probe", "my-run", "--probe", "ridge", "l")]
    [InlineData("--no-standardise", "probe", "--no-st")]
    [InlineData("bash|zsh|fish|pwsh", "completion", "")]
    [InlineData("hub-offline", "explain", "hub-of")]
    [InlineData("", "report", "my-")]
    [InlineData("", "run", "--model", "m")]
    [InlineData("tokens", "inspect", "to")]
    public async Task What_is_typed_is_completed_from_the_declarations(string expected, params string[] words)
    {
        using var host = new TestHost();
        Assert.Equal(ExitCode.Done, await host.RunAsync([Completions.Asked, .. words]));
        var found = host.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] asked = expected.Split('|', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(asked, found.Take(Math.Max(asked.Length, words is [""] ? 0 : found.Length)));
    }

    [Fact]
    public async Task Each_shell_has_its_script_and_bash_takes_what_the_program_offers()
    {
        foreach (var shell in CompletionScripts.Shells)
        {
            using var host = new TestHost();
            Assert.Equal(ExitCode.Done, await host.RunAsync("completion", shell));
            Assert.Contains(Completions.Asked, host.Output, StringComparison.Ordinal);
        }

        using var wrong = new TestHost();
        Assert.Equal(ExitCode.WrongInput, await wrong.RunAsync("completion", "tcsh"));
        Assert.Contains("it is one of bash, zsh, fish, pwsh", wrong.Error, StringComparison.Ordinal);
        Assert.SkipUnless(OperatingSystem.IsLinux(), "bash is asked on Linux");
        // A stand-in for the command that shows what the script hands to it.
        var line = CompletionScripts.Of("bash") +
            "\nfake() { printf '%s\\n' \"$#:$2:$3:[$4]:one two\"; }\nCOMP_WORDS=(fake run --model \"\"); COMP_CWORD=3; " +
            "_aligned_probing; echo \"${#COMPREPLY[@]}=${COMPREPLY[0]}\"";
        using var bash = Process.Start(new ProcessStartInfo("bash", ["--norc", "-c", line]) { RedirectStandardOutput = true })!;
        Assert.Equal("1=4:run:--model:[]:one two\n", await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_number_that_is_none_is_told_in_plain_words_and_help_says_what_is_kept()
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("run", "--limit", "abc"));
        Assert.Contains("--limit abc: ", host.Error, StringComparison.Ordinal);
        Assert.Contains("whole number", host.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", host.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, await host.RunAsync("run", "--help"));
        Assert.Contains(
            "left out: 0, the first continuation",
            string.Join(' ', host.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)),
            StringComparison.Ordinal);
        string[] groups = ["Model:", "Prompts:", "Generation:", "Scoring:", "Probing:", "Machine:"];
        Assert.Equal(groups, host.Output.Split('\n').Where(groups.Contains));
    }

    [Fact]
    public async Task Analysis_announces_no_report_that_it_did_not_write_and_probing_says_when_nothing_was_left()
    {
        await Do("run", Small);
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await host.RunAsync("analyse", "run"));
        Assert.DoesNotContain("Report:", host.Output, StringComparison.Ordinal);
        Assert.Contains("The report there is still the one from before: aligned-probing report", host.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, await host.RunAsync("report", "run"));
        Assert.Contains("Report:", host.Output, StringComparison.Ordinal);
        using var again = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await again.RunAsync(["run", .. Small]));
        Assert.Matches("probe: nothing to do, all [0-9]+ probes were there", again.Error);
        Assert.DoesNotContain("(100 %)", again.Error.Split('\n').First(line => line.StartsWith("probe:", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shares_that_have_nothing_to_do_are_told_of()
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(
            ExitCode.Done,
            await host.RunAsync("encode", "--limit", "6", "--samples", "1", "--max-new-tokens", "2", "--chunk", "3", "--output", "run", "--shard", "4/5"));
        Assert.Contains(
            "there are 2 chunks for 5 shares, so 3 of the shares have nothing to do, and 4/5 is one of them", host.Error, StringComparison.Ordinal);
        Assert.Equal(2, Enumerable.Range(0, 2).Count(chunk => !RunFolder.Open(_temporary["run"]).HasEncoding(chunk)));
    }

    private async Task Do(string verb, params string[] arguments)
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.True(await host.RunAsync([verb, .. arguments]) == ExitCode.Done, host.Error);
    }
}
