using System.Diagnostics;

namespace AlignedProbing.Tests.Shared;

/// <summary>The real model of the tests, SmolLM2-135M-Instruct, as an ordinary model folder.</summary>
internal static class SmolLM2
{
    /// <summary>Names a folder that has it unpacked already; nothing is unpacked then.</summary>
    public const string Variable = "ALIGNED_PROBING_SMOLLM2";

    private static readonly Lazy<(string? Folder, string? Problem)> Unpacked = new(Unpack);

    /// <summary>The folder. It is unpacked once, into the build's artifacts; the test skips where that is not possible.</summary>
    public static string Folder()
    {
        Assert.SkipWhen(Unpacked.Value.Folder is null, Unpacked.Value.Problem ?? "");
        return Unpacked.Value.Folder!;
    }

    private static (string?, string?) Unpack()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
        {
            return Directory.Exists(given) ? (given, null) : (null, $"{Variable} names {given}, which is not there");
        }

        var script = Path.GetFullPath(Path.Combine(SharedData.RepositoryRoot, "..", "shared", "models", "unpack.mjs"));
        if (!File.Exists(script))
        {
            return (null, "needs ../shared/models, which is not here");
        }

        var folder = Path.Combine(SharedData.RepositoryRoot, "artifacts", "models", "smollm2");
        Directory.CreateDirectory(folder);
        try
        {
            using var process = Process.Start(new ProcessStartInfo("node", [script, folder]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            _ = output.GetAwaiter().GetResult();
            return process.ExitCode == 0 ? (folder, null) : (null, $"unpacking ../shared/models ended with {process.ExitCode}: {errors}");
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            return (null, $"unpacking ../shared/models needs node: {error.Message}");
        }
    }
}
