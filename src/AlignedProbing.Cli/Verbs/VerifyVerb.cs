using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Units;
using AlignedProbing.Settings;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>verify</c>: whether every file of a run folder is what was written. It only reads.</summary>
internal static class VerifyVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "verify",
        "Check every file of a run against the SHA-256 it was written with, and ids and order against prompts.jsonl.",
        VerbCommand.RunArgument,
        new VerbUse
        {
            Title = "verify",
            Settings = [MachineSettings.RunFolder, MachineSettings.Json],
            Bind = input =>
            {
                var folder = input.RunFolderOf("verify", input.Given.Value(MachineSettings.RunFolder));
                var json = input.Given.Value(MachineSettings.Json);
                return cancellationToken => Task.FromResult(Show(host, RunVerification.Of(RunFolder.Open(folder), cancellationToken), json));
            },
        });

    private static int Show(Host host, RunVerification found, bool json)
    {
        if (json)
        {
            host.Output.WriteLine(JsonSerializer.Serialize(found, RecordJson.Line));
        }
        else
        {
            Print(host.Output, found);
        }

        return found.Faults.Count == 0 ? ExitCode.Done : ExitCode.SomeFailed;
    }

    private static void Print(TextWriter output, RunVerification found)
    {
        foreach (var fault in found.Faults)
        {
            output.WriteLine($"damaged: {fault.File}: {fault.Found}");
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{found.Run}: {found.Units:#,0} units, {found.Files:#,0} files, {found.Bytes / 1e6:#,0.0} MB compared; {found.Faults.Count:#,0} damaged"));
        if (found.WithoutSums.Count > 0)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{found.WithoutSums.Count:#,0} units carry no hashes, because an earlier version wrote them; their order alone was checked " +
                $"(the first: {found.WithoutSums[0]})"));
        }
    }
}
