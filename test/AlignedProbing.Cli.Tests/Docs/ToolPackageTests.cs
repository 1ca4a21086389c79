using System.Diagnostics;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Docs;

/// <summary>The command as a .NET tool: packed by <c>eng/pack-tool</c>, installed from that folder alone, and run.</summary>
public sealed class ToolPackageTests : IDisposable
{
    private const long LargestPackage = 60_000_000;

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task The_tool_is_installed_from_a_folder_without_a_network_and_runs()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "eng/pack-tool is a script for bash");
        var feed = _temporary["feed"];
        await Do(Path.Combine(SharedData.RepositoryRoot, "eng", "pack-tool"), feed, "-p:RunAnalyzers=false", "-p:NuGetAudit=false");
        Assert.InRange(new FileInfo(Assert.Single(Directory.GetFiles(feed))).Length, 1_000_000, LargestPackage);
        await File.WriteAllTextAsync(
            _temporary["nuget.config"],
            $"<configuration><packageSources><clear/><add key=\"here\" value=\"{feed}\"/></packageSources></configuration>",
            TestContext.Current.CancellationToken);
        await Do("dotnet", "tool", "install", "AlignedProbing.Tool", "--tool-path", _temporary["bin"], "--configfile", _temporary["nuget.config"]);
        var tool = _temporary["bin/aligned-probing"];
        Assert.StartsWith("0.1.0, commit ", await Do(tool, "--version"), StringComparison.Ordinal);
        Assert.StartsWith("wrong-usage\n", await Do(tool, "explain", "wrong-usage"), StringComparison.Ordinal);
        // The demo and libtorch: the one is in the package, the other in the cache of NuGet.
        var encoded = await Do(tool, "run", "--limit", "4", "--samples", "1", "--max-new-tokens", "2", "--probe", "mean", "--layers", "0", "--output", "run");
        Assert.Contains("Report: ", encoded, StringComparison.Ordinal);
        // Without it, the message says how to fetch it.
        var (code, _, error) = await Run(tool, home: _temporary["nobody"], "encode", "--limit", "4", "--output", "other");
        Assert.Equal(ExitCode.WrongInput, code);
        Assert.Contains("dotnet package download libtorch-cpu-linux-x64@", error, StringComparison.Ordinal);
    }

    private async Task<string> Do(string file, params string[] arguments)
    {
        var (code, output, error) = await Run(file, home: null, arguments);
        Assert.True(code == 0, $"{file} {string.Join(' ', arguments)}: {code}\n{output}\n{error}");
        return output;
    }

    private async Task<(int Code, string Output, string Error)> Run(string file, string? home, params string[] arguments)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _temporary.FullPath,
        };
        if (home is not null)
        {
            start.Environment["HOME"] = home;
            start.Environment["USERPROFILE"] = home;
            start.Environment.Remove("NUGET_PACKAGES");
        }

        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
