using System.CommandLine;
using System.Text.Json;
using AlignedProbing.Cli.Display;
using AlignedProbing.Cli.Options;
using AlignedProbing.Files;
using AlignedProbing.Files.Http;
using AlignedProbing.Settings;
using AlignedProbing.Torch.Running.Checks;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>doctor</c>: what works on this machine and what does not, each line with its remedy.</summary>
internal static class DoctorVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "doctor",
        "Look at what runs need of this machine: libtorch, processor, GPUs, Hub, folders, Redis, Slurm; each line with its remedy.",
        new Argument<string?>("folder")
        {
            Description = "A run folder, or where runs go; without it RESULT_PATH, or else runs.",
            Arity = ArgumentArity.ZeroOrOne,
        },
        new VerbUse
        {
            Title = "doctor",
            Settings = [MachineSettings.Json],
            Bind = input =>
            {
                var usual = host.Variable("RESULT_PATH") is { Length: > 0 } results ? results : "runs";
                var (folder, json) = (input.PathOf(input.Arguments is [var named, ..] ? named : usual)!, input.Given.Value(MachineSettings.Json));
                return async cancellationToken =>
                {
                    using var display = Displays.For(host);
                    var lines = await new MachineCheck(host.Machine(display))
                        .RunAsync(folder, EnvironmentFile.Names(host.WorkingFolder), cancellationToken)
                        .ConfigureAwait(false);
                    Show(lines, json, host);
                    return lines.Any(line => line.State == CheckState.Fails) ? ExitCode.SomeFailed : ExitCode.Done;
                };
            },
        });

    private static void Show(IReadOnlyList<CheckLine> lines, bool json, Host host)
    {
        if (json)
        {
            host.Output.WriteLine(Secrets.Hide(JsonSerializer.Serialize(lines, RecordJson.Line)));
            return;
        }

        foreach (var line in lines)
        {
            var mark = line.State switch { CheckState.Ok => "ok   ", CheckState.Note => "note ", _ => "FAILS" };
            host.Output.WriteLine(Secrets.Hide($"{mark} {line.Subject}: {line.Found}."));
            if (line.Remedy is { } remedy)
            {
                host.Output.WriteLine(Secrets.Hide($"      {remedy}."));
            }
        }
    }
}
