using System.CommandLine;
using AlignedProbing.Analysis.Studies;
using AlignedProbing.Cli.Display;
using AlignedProbing.Runs.Studies;
using AlignedProbing.Settings;
using AlignedProbing.Studies;
using AlignedProbing.Torch.Running.Studies;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>study run</c>: every run of a study that is not complete.</summary>
internal static class StudyRunVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "run",
        "Do every run of a study that is not complete, a line a run. Interrupted and started again, it goes on where it was.",
        new Argument<string?>("file") { Description = "The study file, YAML or JSON (docs/guide/studies.md).", Arity = ArgumentArity.ZeroOrOne },
        new VerbUse
        {
            Title = "study run",
            Settings = [StudySettings.Output, MachineSettings.Json],
            Bind = input =>
            {
                var (output, json) = (input.PathOf(input.Given.Value(StudySettings.Output)), input.Given.Value(MachineSettings.Json));
                var file = input.PathOf(input.Arguments is [var named, ..] ? named : null)
                    ?? throw new InputException(
                        "wrong-usage", "study run", "no study file was named", "Write for example: aligned-probing study run study.yaml");
                return cancellationToken => RunAsync(file, output, json, host, cancellationToken);
            },
        });

    /// <summary>Does the runs, shows the table, and writes the report of what is there.</summary>
    public static async Task<int> RunAsync(string file, string? output, bool json, Host host, CancellationToken cancellationToken)
    {
        using var display = Displays.ForMany(host);
        var machine = host.Machine(display);
        using var plan = await StudyPlan.MakeAsync(StudyFile.Read(file), output, machine, cancellationToken).ConfigureAwait(false);
        display.Say($"{plan.Manifest.Name}: {plan.Manifest.Members.Count} runs, {plan.Complete} of them complete; {plan.Folder.FullPath}");
        var outcome = await new StudyRunner(display).RunAsync(plan, cancellationToken).ConfigureAwait(false);
        display.Dispose();
        StudyStatusVerb.Show(StudyStatus.Of(plan.Folder), json, host);
        var told = json ? host with { Output = TextWriter.Null } : host;
        StudyReportVerb.Write(plan.Folder, new StudyOptions(), figures: null, json: false, told, cancellationToken);
        return outcome.Failed > 0 ? ExitCode.SomeFailed : ExitCode.Done;
    }
}
