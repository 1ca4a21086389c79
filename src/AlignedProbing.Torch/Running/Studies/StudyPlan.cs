using AlignedProbing.Reports;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Studies;
using AlignedProbing.Settings;
using AlignedProbing.Studies;

namespace AlignedProbing.Torch.Running.Studies;

/// <summary>A study, checked before its first run: every run's options, prompts, scorers and models' configurations. Making one writes nothing.</summary>
public sealed class StudyPlan : IDisposable
{
    private const int MostFaults = 20;

    private StudyPlan(StudyFolder folder, StudyManifest manifest, IReadOnlyList<PlannedRun> runs, RunMachine machine) =>
        (Folder, Manifest, Runs, Machine) = (folder, manifest, runs, machine);

    /// <summary>The study's folder.</summary>
    public StudyFolder Folder { get; }

    /// <summary>What it is of.</summary>
    public StudyManifest Manifest { get; }

    /// <summary>Runs that are there and complete, as the file asks for them.</summary>
    public int Complete => Runs.Count(run => run.Request is null);

    internal IReadOnlyList<PlannedRun> Runs { get; }

    // Paths of a study start from its file; what runs share is here until this is disposed.
    internal RunMachine Machine { get; }

    /// <summary>The folder of a study: the one asked for, or one below <c>RESULT_PATH</c> (else <c>runs</c>) with the study's name.</summary>
    /// <param name="file">The study.</param>
    /// <param name="output">What was asked for, from the machine's working folder on; null for nothing.</param>
    /// <param name="machine">The machine.</param>
    public static StudyFolder FolderOf(StudyFile file, string? output, RunMachine machine)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(machine);
        var usual = machine.Variable("RESULT_PATH") is { Length: > 0 } results ? results : "runs";
        return new StudyFolder(Path.Combine(machine.WorkingFolder, output ?? Path.Combine(usual, file.Name)));
    }

    /// <summary>Checks a study. Of models on the Hub the configuration and the tokenizer are fetched, no weights.</summary>
    /// <param name="file">The study.</param>
    /// <param name="output">Its folder; null for the usual one.</param>
    /// <param name="machine">The machine; a relative <paramref name="output"/> starts from its working folder, the study's paths from its file.</param>
    /// <param name="cancellationToken">Stops a download; what came is kept.</param>
    /// <exception cref="InputException"><c>study-check</c>: something cannot be used; every fault is told with its run.</exception>
    public static async Task<StudyPlan> MakeAsync(StudyFile file, string? output, RunMachine machine, CancellationToken cancellationToken = default)
    {
        var folder = FolderOf(file, output, machine);
        var shared = new SharedWork();
        try
        {
            var within = machine with
            {
                WorkingFolder = Path.GetDirectoryName(Path.GetFullPath(file.Path))!,
                Shared = shared,
                Log = new StudyRunLog(machine.Log),
            };
            var (runs, faults) = (new List<PlannedRun>(), new List<(StudyFileRun Run, InputException Error)>());
            var before = folder.Exists ? folder.ReadManifest() : null;
            var options = Options(file);
            foreach (var run in file.Runs)
            {
                try
                {
                    var member = MemberOf(run, folder, within);
                    var complete = member.Finished || (before is not null && options.SequenceEqual(before.Options) && IsComplete(member, folder, before));
                    var request = complete ? null : await RequestAsync(run, member, folder, within, cancellationToken).ConfigureAwait(false);
                    runs.Add(new PlannedRun(member, request));
                }
                catch (InputException error)
                {
                    faults.Add((run, error));
                }
            }

            ThrowIfAny(faults, file);
            var manifest = new StudyManifest { Name = file.Name, Options = options, Members = [.. runs.Select(run => run.Member)] };
            return new StudyPlan(folder, manifest, runs, within);
        }
        catch
        {
            shared.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Machine.Shared!.Dispose();

    private static SortedDictionary<string, string> Options(StudyFile file)
    {
        var whole = StudySettings.OfWhole.Select(setting => setting.Name).ToHashSet(StringComparer.Ordinal);
        var given = file.Runs.FirstOrDefault(run => run.Run is null)?.Given ?? [];
        return new SortedDictionary<string, string>(
            given.Where(pair => whole.Contains(pair.Setting.Name)).ToDictionary(pair => pair.Setting.Name[2..], pair => string.Join(' ', pair.Texts)),
            StringComparer.Ordinal);
    }

    private static StudyMember MemberOf(StudyFileRun run, StudyFolder folder, RunMachine within)
    {
        if (run.Run is { } path)
        {
            var there = RunFolder.Open(Path.Combine(within.WorkingFolder, path));
            var made = there.ReadManifest();
            return Member(run, Relative(folder, there.FullPath), made.Model.Name, run.Family ?? made.Model.Name) with
            {
                Finished = true,
                Settings = SettingsOf(made),
            };
        }

        var family = run.Family ?? run.Model?.Replace('\\', '/').TrimEnd('/').Split('/')[^1] ?? "demo";
        return Member(run, Relative(folder, Path.Combine(folder.RunsFolder, run.Name)), run.Model, family) with { Settings = run.Differing };
    }

    private static StudyMember Member(StudyFileRun run, string path, string? model, string family) => new()
    {
        Name = run.Name,
        Run = path,
        Model = model,
        Family = family,
        Kind = run.Kind,
        Base = run.Base,
        Step = run.Step,
    };

    // What a finished run differs in, as a study file would say it.
    private static SortedDictionary<string, string> SettingsOf(Manifest made)
    {
        var (model, encoding) = (made.Model, made.Encoding);
        (string Key, string? Value)[] values =
        [
            ("model", model.Name),
            ("revision", model.Revision),
            ("adapter", model.Adapter?.Name),
            ("precision", model.Precision == ModelSettings.Precision.Preset ? null : model.Precision),
            ("template", encoding.Template == 0 ? null : encoding.Template <= 4 ? $"{encoding.Template}" : encoding.TemplateUser),
            ("seed", encoding.Seed == ContinuationSettings.Seed.Preset ? null : $"{encoding.Seed}"),
        ];
        return new SortedDictionary<string, string>(
            values.Where(pair => pair.Value is not null).ToDictionary(pair => pair.Key, pair => pair.Value!), StringComparer.Ordinal);
    }

    private static string Relative(StudyFolder folder, string path)
    {
        var full = Path.GetFullPath(path);
        var relative = Path.GetRelativePath(folder.FullPath, full);
        return (relative.StartsWith("..", StringComparison.Ordinal) ? full : relative).Replace('\\', '/');
    }

    private static bool IsComplete(StudyMember member, StudyFolder folder, StudyManifest before) =>
        before.Members.FirstOrDefault(other => other.Name == member.Name) is { Finished: false } there
        && there.Run == member.Run
        && there.Settings.SequenceEqual(member.Settings)
        && StudyRunStatus.Of(folder, member, failure: null).State == "complete"
        && HasReports(RunFolder.Open(folder.PathOf(member)));

    // Killed between its findings and its last report, a run has more to do.
    private static bool HasReports(RunFolder run)
    {
        var findings = run.ReadFindings();
        return ReportCatalog.All.Where(exporter => exporter.Applies(findings)).All(exporter => File.Exists(Path.Combine(run.FullPath, exporter.FileName)));
    }

    private static async Task<RunRequest> RequestAsync(
        StudyFileRun run, StudyMember member, StudyFolder folder, RunMachine within, CancellationToken cancellationToken)
    {
        var given = GivenSettings.Parse(run.Given);
        var request = RunRequest.From(given, within.Variable, MeasurementAsked.From(given)) with { Output = folder.PathOf(member) };
        await RunPlan.CheckAsync(request, within, cancellationToken).ConfigureAwait(false);
        return request;
    }

    private static void ThrowIfAny(List<(StudyFileRun Run, InputException Error)> faults, StudyFile file)
    {
        if (faults.Count == 0)
        {
            return;
        }

        // One fault of several runs, such as prompts that are not there, is told once.
        string[] lines =
        [
            .. faults.GroupBy(fault => fault.Error.Message)
                .Select(same => $"{Names(same)}: {same.Key} (docs/errors/{same.First().Error.Code}.md)"),
        ];
        var more = lines.Length > MostFaults ? $"\n  and {lines.Length - MostFaults} more" : "";
        throw new InputException(
            "study-check",
            $"checking the study '{file.Path}'",
            $"{faults.Count} of {file.Runs.Count} runs cannot be made:\n  " + string.Join("\n  ", lines.Take(MostFaults)) + more,
            "Nothing was started. Correct the file and run the same command again",
            faults[0].Error);

        static string Names(IEnumerable<(StudyFileRun Run, InputException Error)> same)
        {
            var runs = same.Select(fault => fault.Run).ToArray();
            return runs.Length == 1 ? $"{runs[0].Name} (line {runs[0].Line})" : $"{runs[0].Name} (line {runs[0].Line}) and {runs.Length - 1} more";
        }
    }
}
