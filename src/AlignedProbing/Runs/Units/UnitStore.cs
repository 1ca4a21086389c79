using System.Globalization;
using System.Text.Json;
using AlignedProbing.Files;

namespace AlignedProbing.Runs.Units;

/// <summary>
/// The units of one stage in a run folder (chunks of encodings, of one scorer's scores, layers of one probe): which there are, and how far each has come. What
/// is there is read from the folder each time; nothing is kept beside.
/// </summary>
public sealed class UnitStore
{
    private readonly string _suffix;
    private readonly Func<int, string> _nameOf;
    private readonly Action<int> _read;
    private Func<int, bool> _holds = _ => true;

    private UnitStore(RunFolder run, string folder, IReadOnlyList<int> all, Func<int, string> nameOf, string suffix, Action<int> read)
    {
        (Run, Folder, All, _nameOf, _suffix, _read) = (run, folder, all, nameOf, suffix, read);
        Name = Path.GetRelativePath(run.FullPath, folder).Replace('\\', '/');
    }

    /// <summary>The run.</summary>
    public RunFolder Run { get; }

    /// <summary>The folder that holds the stage's units.</summary>
    public string Folder { get; }

    /// <summary>The stage's name within the run folder: <c>encodings</c>, <c>scores/ngram</c>, <c>probes/linear/ngram</c>.</summary>
    public string Name { get; }

    /// <summary>Numbers of all units that are asked for.</summary>
    public IReadOnlyList<int> All { get; }

    /// <summary>Chunks of encodings; of a control task's where the run stands for one (<see cref="RunFolder.WithEncodingsOf"/>).</summary>
    /// <param name="run">The run.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="prompts">Number of its prompts; null: as many as the manifest says.</param>
    public static UnitStore Encodings(RunFolder run, Manifest manifest, int? prompts = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        return new UnitStore(run, run.EncodingsFolder, Chunks(manifest, prompts), ChunkName, "", chunk =>
        {
            run.ReadEncodedPrompts(chunk);
            run.ReadContinuations(chunk);
        });
    }

    /// <summary>Chunks of one scorer's scores.</summary>
    /// <param name="run">The run.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="scorer">The scorer.</param>
    /// <param name="prompts">Number of its prompts; null: as many as the manifest says.</param>
    public static UnitStore Scores(RunFolder run, Manifest manifest, string scorer, int? prompts = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        return new UnitStore(run, run.ScorerFolder(scorer), Chunks(manifest, prompts), ChunkName, ".jsonl", chunk => run.ReadScores(scorer, chunk));
    }

    /// <summary>Layers of one probe on one scorer's labels.</summary>
    /// <param name="run">The run.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="probe">The name of the probe's folder.</param>
    /// <param name="scorer">The scorer.</param>
    /// <param name="layers">The layers asked for; null: those that the manifest names.</param>
    public static UnitStore Probes(RunFolder run, Manifest manifest, string probe, string scorer, IReadOnlyList<int>? layers = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(manifest);
        int[] asked = [.. (layers ?? manifest.Measurement.Layers ?? [.. Enumerable.Range(0, manifest.Model.Layers)]).Distinct().Order()];
        return new UnitStore(run, run.ProbeFolder(probe, scorer), asked, RunFolder.LayerName, ".jsonl", layer => run.ReadProbeRuns(probe, scorer, layer));
    }

    /// <summary>The same units, of which one counts as complete only where it also holds what is asked for: a probe's layer may lack cells.</summary>
    /// <param name="holds">Whether a unit that is there holds all that is asked for.</param>
    public UnitStore Requiring(Func<int, bool> holds) => new(Run, Folder, All, _nameOf, _suffix, _read) { _holds = holds };

    /// <summary>All stages that the folder holds units of: encodings, those of control tasks, each scorer's, each probe's.</summary>
    public static IReadOnlyList<UnitStore> AllOf(RunFolder run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var manifest = run.ReadManifest();
        return
        [
            Encodings(run, manifest),
            .. ControlEncoding.Names
                .Select(run.WithEncodingsOf)
                .Where(control => Directory.Exists(control.EncodingsFolder))
                .Select(control => Encodings(control, manifest)),
            .. run.Scorers().Select(scorer => Scores(run, manifest, scorer)),
            .. run.Probes().SelectMany(probe => run.ProbeScorers(probe).Select(scorer => Probes(run, manifest, probe, scorer))),
        ];
    }

    /// <summary>A unit's name within the run folder: <c>encodings/00012</c>.</summary>
    public string NameOf(int unit) => $"{Name}/{_nameOf(unit)}";

    /// <summary>What a complete unit shows itself by: its folder, or the file that is written last.</summary>
    public string PathOf(int unit) => Path.Combine(Folder, _nameOf(unit) + _suffix);

    /// <summary>Whether a unit is complete.</summary>
    public bool IsDone(int unit) => (_suffix.Length == 0 ? Directory.Exists(PathOf(unit)) : File.Exists(PathOf(unit))) && _holds(unit);

    /// <summary>The folder that a unit's files lie in.</summary>
    public string FolderOf(int unit) => _suffix.Length == 0 ? PathOf(unit) : Folder;

    /// <summary>Where the sums of a unit's files lie; an earlier version wrote none.</summary>
    internal string SumsOf(int unit) => _suffix.Length == 0 ? UnitSums.PathIn(PathOf(unit)) : UnitSums.PathBeside(PathOf(unit));

    /// <summary>Reads what of a complete unit is lines, for the checks that reading makes.</summary>
    internal void CheckLines(int unit) => _read(unit);

    /// <summary>The units of a share.</summary>
    public IReadOnlyList<int> Of(Shard shard) => [.. All.Where(shard.Holds)];

    /// <summary>The units of a share that are not complete.</summary>
    public IReadOnlyList<int> Left(Shard shard) => [.. All.Where(unit => shard.Holds(unit) && !IsDone(unit))];

    /// <summary>Lists the units with their states, from one look into the folder.</summary>
    public IReadOnlyList<UnitStatus> List()
    {
        var entries = Directory.Exists(Folder)
            ? Directory.EnumerateFileSystemEntries(Folder).Select(entry => Path.GetFileName(entry)).ToHashSet(StringComparer.Ordinal)
            : [];
        var begun = entries.Where(AtomicWrite.IsTemporary).Select(entry => entry[..entry.IndexOf('.', StringComparison.Ordinal)]).ToHashSet();
        return [.. All.Select(Status)];

        UnitStatus Status(int unit)
        {
            var name = _nameOf(unit);
            return entries.Contains(name + _suffix) ? new UnitStatus(unit, NameOf(unit), UnitState.Done)
                : begun.Contains(name) ? new UnitStatus(unit, NameOf(unit), UnitState.Claimed)
                : entries.Contains(Path.GetFileName(FailurePath(unit))) ? new UnitStatus(unit, NameOf(unit), UnitState.Failed, ReadFailure(unit))
                : new UnitStatus(unit, NameOf(unit), UnitState.Missing);
        }
    }

    /// <summary>Begins a unit.</summary>
    /// <exception cref="IOException">Nothing can be written there.</exception>
    public UnitFiles Begin(int unit)
    {
        Directory.CreateDirectory(Folder);
        return new UnitFiles(this, unit, AtomicWrite.BeginFolder(Path.Combine(Folder, _nameOf(unit))), _suffix.Length == 0 ? null : _nameOf(unit) + _suffix);
    }

    /// <summary>Keeps why a unit failed, for <see cref="List"/>.</summary>
    internal void KeepFailure(UnitFailure failure, int unit)
    {
        try
        {
            Directory.CreateDirectory(Folder);
            AtomicWrite.File(FailurePath(unit), stream => JsonSerializer.Serialize(stream, failure, RecordJson.File));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A full disk is often the fault itself; the stage's result tells of the unit in any case.
        }
    }

    /// <summary>Forgets that a unit failed.</summary>
    internal void ForgetFailure(int unit) => File.Delete(FailurePath(unit));

    private string FailurePath(int unit) => Path.Combine(Folder, _nameOf(unit) + ".failed.json");

    private string ReadFailure(int unit)
    {
        try
        {
            return ForeignJson.Record<UnitFailure>(File.ReadAllBytes(FailurePath(unit)), RecordJson.File)?.Message ?? "";
        }
        catch (Exception error) when (error is JsonException or IOException)
        {
            return $"'{FailurePath(unit)}' cannot be read: {error.Message}";
        }
    }

    private static IReadOnlyList<int> Chunks(Manifest manifest, int? prompts)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return [.. Enumerable.Range(0, RunFolder.ChunkCount(prompts ?? manifest.Prompts.Prompts, manifest.Encoding.Chunk))];
    }

    private static string ChunkName(int chunk) => chunk.ToString("00000", CultureInfo.InvariantCulture);
}
