using System.Text.Json;
using AlignedProbing.Files;

namespace AlignedProbing.Runs.Studies;

/// <summary>The folder of a study: <c>study.json</c>, <c>failures.json</c>, the runs in <c>runs/</c>, and what the report writes.</summary>
public sealed class StudyFolder
{
    private const long LargestManifest = 64 << 20;

    /// <summary>Names a folder; nothing is read or written.</summary>
    /// <param name="path">Where it is.</param>
    public StudyFolder(string path) => FullPath = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    /// <summary>Its absolute path.</summary>
    public string FullPath { get; }

    /// <summary><c>study.json</c>.</summary>
    public string ManifestPath => Path.Combine(FullPath, "study.json");

    /// <summary><c>failures.json</c>: why whole runs failed when they were tried last, by name. Absent where none did.</summary>
    public string FailuresPath => Path.Combine(FullPath, "failures.json");

    /// <summary><c>findings.json</c>: what the runs say together.</summary>
    public string FindingsPath => Path.Combine(FullPath, "findings.json");

    /// <summary>The folder that its own runs lie in.</summary>
    public string RunsFolder => Path.Combine(FullPath, "runs");

    /// <summary>Whether a study was begun here.</summary>
    public bool Exists => File.Exists(ManifestPath);

    /// <summary>The run folder of a member.</summary>
    public string PathOf(StudyMember member)
    {
        ArgumentNullException.ThrowIfNull(member);
        return Path.GetFullPath(Path.Combine(FullPath, member.Run));
    }

    /// <summary>What the study is of.</summary>
    /// <exception cref="InputException"><c>study-folder</c>: there is none here, or it cannot be read.</exception>
    public StudyManifest ReadManifest()
    {
        if (!Exists)
        {
            throw new InputException(
                "study-folder",
                $"opening the study '{FullPath}'",
                Directory.Exists(FullPath) ? "the folder has no study.json" : "there is no such folder",
                "Start it with 'aligned-probing study run FILE', or name the folder that it was started in");
        }

        var manifest = Read<StudyManifest>(ManifestPath);
        return manifest.Format <= StudyManifest.CurrentFormat
            ? manifest
            : throw new InputException(
                "study-folder",
                $"reading '{ManifestPath}'",
                $"its format is {manifest.Format}, and this program knows those up to {StudyManifest.CurrentFormat}",
                "Use the version of the program that made it, or a later one");
    }

    /// <summary>Keeps what the study is of.</summary>
    /// <exception cref="InputException">The folder cannot be written to.</exception>
    public void Write(StudyManifest manifest)
    {
        try
        {
            Directory.CreateDirectory(FullPath);
            AtomicWrite.File(ManifestPath, stream => JsonSerializer.Serialize(stream, manifest, RecordJson.File));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw RunFolder.NotWritable(FullPath, error);
        }
    }

    /// <summary>Why whole runs failed when they were tried last, by name.</summary>
    /// <exception cref="InputException"><c>study-folder</c>: the file cannot be read.</exception>
    public IReadOnlyDictionary<string, string> ReadFailures() =>
        File.Exists(FailuresPath) ? Read<SortedDictionary<string, string>>(FailuresPath) : new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Keeps, or forgets, why a run failed.</summary>
    /// <param name="name">The run's name.</param>
    /// <param name="reason">Why; null to forget.</param>
    public void WriteFailure(string name, string? reason)
    {
        var failures = new SortedDictionary<string, string>(ReadFailures().ToDictionary(), StringComparer.Ordinal);
        if (reason is null ? !failures.Remove(name) : failures.GetValueOrDefault(name) == reason)
        {
            return;
        }

        if (reason is not null)
        {
            failures[name] = reason;
        }

        AtomicWrite.File(FailuresPath, stream => JsonSerializer.Serialize(stream, failures, RecordJson.File));
    }

    /// <summary>Reads what the runs say together.</summary>
    /// <exception cref="InputException"><c>study-folder</c>: the file cannot be read.</exception>
    public StudyFindings ReadFindings() => Read<StudyFindings>(FindingsPath);

    private static T Read<T>(string path)
    {
        try
        {
            return ForeignJson.Record<T>(ForeignJson.Bytes(path, LargestManifest), RecordJson.File) ?? throw new JsonException("the file is null");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                "study-folder",
                $"reading '{path}'",
                error.Message.TrimEnd('.'),
                "Run 'aligned-probing study run' with the study's file again, which writes it anew",
                error);
        }
    }
}
