using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using AlignedProbing.Files;

namespace AlignedProbing.Runs.Interventions;

/// <summary>
/// Edited runs of a run: each a run folder of its own in <c>interventions/&lt;name&gt;</c>, whose manifest holds the edits and the parent's hash; and the
/// sweeps that asked for them.
/// </summary>
public static partial class DerivedRuns
{
    /// <summary>The name by which findings call the run itself.</summary>
    public const string Unedited = "unedited";

    private const string SweepEnding = ".sweep.json";

    /// <summary>The folder of all of a run's interventions.</summary>
    public static string FolderOf(RunFolder run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Path.Combine(run.FullPath, "interventions");
    }

    /// <summary>SHA-256 of a run's manifest, by which a derived run names its parent.</summary>
    public static string HashOf(RunFolder run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(run.ManifestPath)));
    }

    /// <summary>Starts a derived run or goes on with it: the parent's prompts and options, and the edits.</summary>
    /// <param name="run">The parent.</param>
    /// <param name="name">The intervention's name: letters, digits, and + - . _ ,</param>
    /// <param name="edits">The edits.</param>
    /// <exception cref="InputException"><c>options-differ</c>: the folder holds other edits or edits of another run; <c>wrong-usage</c>: the name cannot be
    /// one of a folder.</exception>
    public static RunFolder StartOrResume(RunFolder run, string name, IReadOnlyList<EditManifest> edits)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(edits);
        Check(name);
        var manifest = run.ReadManifest() with { Intervention = new InterventionManifest { Parent = HashOf(run), Edits = edits } };
        return RunFolder.StartOrResume(Path.Combine(FolderOf(run), name), manifest, run.ReadPrompts());
    }

    /// <summary>A derived run by its name; null where it was not begun.</summary>
    /// <exception cref="InputException"><c>run-folder-broken</c>: it was derived from another run.</exception>
    public static RunFolder? Find(RunFolder run, string name)
    {
        var path = Path.Combine(FolderOf(run), name);
        if (!RunFolder.Exists(path))
        {
            return null;
        }

        var derived = RunFolder.Open(path);
        return derived.ReadManifest().Intervention?.Parent == HashOf(run)
            ? derived
            : throw new InputException(
                "run-folder-broken",
                $"reading the intervention '{path}'",
                "its manifest does not name the run that it lies in",
                "Move the folder away; the run's own interventions are made again");
    }

    /// <summary>The sweeps that were asked for, by name.</summary>
    /// <exception cref="InputException"><c>run-folder-broken</c>: a file cannot be read.</exception>
    public static IReadOnlyList<InterventionSweep> Sweeps(RunFolder run) =>
        Directory.Exists(FolderOf(run))
            ? [.. Directory.EnumerateFiles(FolderOf(run), "*" + SweepEnding).Order(StringComparer.Ordinal).Select(ReadSweep)]
            : [];

    /// <summary>Keeps what a sweep asked.</summary>
    public static void WriteSweep(RunFolder run, InterventionSweep sweep)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        Check(sweep.Name);
        Directory.CreateDirectory(FolderOf(run));
        AtomicWrite.File(SweepPath(run, sweep.Name), stream => JsonSerializer.Serialize(stream, sweep, RecordJson.File));
    }

    /// <summary>A sweep as it was kept; null where it was not begun.</summary>
    public static InterventionSweep? FindSweep(RunFolder run, string name) => File.Exists(SweepPath(run, name)) ? ReadSweep(SweepPath(run, name)) : null;

    /// <summary>Whether a file below <paramref name="folder"/> belongs to an edited run of a run that lies below it too.</summary>
    public static bool IsWithinARun(string path, string folder) =>
        Path.GetRelativePath(folder, path).Split('/', '\\').SkipLast(2).Contains("interventions", StringComparer.Ordinal);

    /// <summary>The unit direction of a derived run: float32 [width]; not there for a bypass.</summary>
    public static string DirectionPath(RunFolder derived)
    {
        ArgumentNullException.ThrowIfNull(derived);
        return Path.Combine(derived.FullPath, "direction.npy");
    }

    /// <summary>A chunk's damage; of the run itself, in the folder of its interventions.</summary>
    /// <param name="folder">A derived run's folder, or that of all interventions.</param>
    /// <param name="chunk">The chunk.</param>
    public static string DamagePath(string folder, int chunk) =>
        Path.Combine(folder, "damage", chunk.ToString("00000", CultureInfo.InvariantCulture) + ".jsonl");

    /// <summary>Reads a chunk's damage; nothing where it is not measured.</summary>
    /// <param name="folder">As above.</param>
    /// <param name="chunk">The chunk.</param>
    public static IReadOnlyList<PromptDamage> ReadDamage(string folder, int chunk) =>
        DamagePath(folder, chunk) is var path && File.Exists(path) ? [.. JsonLines.ReadFile<PromptDamage>(path)] : [];

    private static string SweepPath(RunFolder run, string name) => Path.Combine(FolderOf(run), name + SweepEnding);

    private static InterventionSweep ReadSweep(string path) => RunFolder.ReadJson<InterventionSweep>(path);

    private static void Check(string name)
    {
        if (!Name().IsMatch(name) || name == Unedited)
        {
            throw new InputException(
                "wrong-usage",
                $"naming an intervention '{name}'",
                "it is the name of a folder, so that only letters, digits and + - . _ , can be in it, up to 100 of them",
                "Ask for fewer layers or strengths in one command, or give a file of directions a plain name");
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9+\-._,]{0,99}$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
