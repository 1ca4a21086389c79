using AlignedProbing.Cli.Display;
using AlignedProbing.Torch.Running;
using AlignedProbing.Runs;
using AlignedProbing.Settings;

namespace AlignedProbing.Cli.Verbs;

/// <summary>What the verbs that work on an existing run folder share: they take it as an argument or as <c>--output</c>, lock it, and show progress.</summary>
internal static class StageVerb
{
    /// <summary>A use of such a verb.</summary>
    /// <param name="title">What to call it.</param>
    /// <param name="when">The option that asks for it; null for what the verb does otherwise.</param>
    /// <param name="settings">The options that it uses, the run folder's apart.</param>
    /// <param name="bind">Reads them; what it returns does the work and gives an <see cref="ExitCode"/>.</param>
    public static VerbUse Use(
        string title, Setting? when, IReadOnlyList<Setting> settings, Func<VerbInput, Func<RunFolder, Stages, Task<int>>> bind) => new()
        {
            Title = title,
            When = when,
            Settings = [.. settings, MachineSettings.RunFolder],
            Bind = input =>
            {
                var folder = input.RunFolderOf(title, input.Given.Value(MachineSettings.RunFolder));
                var shard = settings.Contains(MachineSettings.Shard) ? RunRequest.ShardOf(input.Given, input.Host.Variable) : Shard.All;
                var claimFor = settings.Contains(MachineSettings.Claim) ? RunRequest.ClaimOf(input.Given) : null;
                return OnRun(folder, shard == Shard.All && claimFor is null, bind(input), input.Host, claimFor);
            },
        };

    /// <summary>Work on a run folder: opened and locked, with progress.</summary>
    public static Func<CancellationToken, Task<int>> OnRun(
        string folder, bool alone, Func<RunFolder, Stages, Task<int>> act, Host host, TimeSpan? claimFor = null) =>
        async cancellationToken =>
        {
            var run = RunFolder.Open(folder);
            using var display = Displays.For(host);
            using var runLock = RunLock.Take(run, alone);
            var machine = host.Machine(display);
            using var access = UnitAccess.Open(run, machine, claimFor);
            return await act(run, new Stages(machine, access.Control, cancellationToken)).ConfigureAwait(false);
        };
}
