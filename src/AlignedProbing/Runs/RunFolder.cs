using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlignedProbing.Files;
using AlignedProbing.Runs.Units;

namespace AlignedProbing.Runs;

/// <summary>
/// The folder of one run: where stages meet. It knows where each artefact lies and which units are complete; counts are derived from what is there, never kept
/// beside.
/// </summary>
public sealed partial class RunFolder
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(10);

    private readonly string _encodings;

    private RunFolder(string path, string encodings = "encodings") => (FullPath, _encodings) = (Path.GetFullPath(path), encodings);

    /// <summary>The folder's absolute path.</summary>
    public string FullPath { get; }

    /// <summary><c>manifest.json</c>.</summary>
    public string ManifestPath => Path.Combine(FullPath, "manifest.json");

    /// <summary><c>prompts.jsonl</c>.</summary>
    public string PromptsPath => Path.Combine(FullPath, "prompts.jsonl");

    /// <summary><c>.lock</c>: held by the processes that work on the run.</summary>
    public string LockPath => Path.Combine(FullPath, ".lock");

    /// <summary><c>findings.json</c>.</summary>
    public string FindingsPath => Path.Combine(FullPath, "findings.json");

    /// <summary><c>report.html</c>.</summary>
    public string HtmlReportPath => Path.Combine(FullPath, "report.html");

    /// <summary>Whether a run was begun in a folder.</summary>
    public static bool Exists(string path) => File.Exists(new RunFolder(path).ManifestPath);

    /// <summary>Opens a run that exists.</summary>
    /// <exception cref="InputException">There is no manifest there.</exception>
    public static RunFolder Open(string path)
    {
        var folder = new RunFolder(path);
        return File.Exists(folder.ManifestPath)
            ? folder
            : throw new InputException(
                "run-folder-missing",
                $"opening the run '{path}'",
                Directory.Exists(path) ? "the folder has no manifest.json" : "there is no such folder",
                "Start the run with 'aligned-probing run' or 'encode', or correct --output");
    }

    /// <summary>Starts a run, or goes on with the same one.</summary>
    /// <param name="path">The folder; made where it is absent.</param>
    /// <param name="manifest">What is asked.</param>
    /// <param name="prompts">The prompts used, in order.</param>
    /// <exception cref="InputException">The folder holds a run that was asked something else (every difference is named), or files of another kind; or it
    /// cannot be written to.</exception>
    public static RunFolder StartOrResume(string path, Manifest manifest, IReadOnlyList<Prompt> prompts)
    {
        Check(path, manifest);
        var folder = new RunFolder(path);
        if (File.Exists(folder.ManifestPath))
        {
            folder.WriteMeasurement(manifest.Measurement);
            return folder;
        }

        try
        {
            Directory.CreateDirectory(folder.FullPath);
            // Two starts at once: the second waits, and finds the first one's manifest.
            using var alone = FileLock.TakeAlone(folder.LockPath, LongestStart, () => File.Exists(folder.ManifestPath));
            if (File.Exists(folder.ManifestPath))
            {
                Check(folder.FullPath, manifest);
                folder.WriteMeasurement(manifest.Measurement);
                return folder;
            }

            if (alone is null)
            {
                throw Locked(folder.FullPath);
            }

            // The manifest comes last: where it is, the prompts are.
            JsonLines.WriteFile(folder.PromptsPath, prompts);
            UnitSums.WriteBeside(folder.PromptsPath);
            AtomicWrite.File(folder.ManifestPath, stream => JsonSerializer.Serialize(stream, Identity(manifest), RecordJson.File));
            folder.WriteMeasurement(manifest.Measurement);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(folder.FullPath, error);
        }

        return folder;
    }

    /// <summary>Finds out, without writing, whether a run can be started in a folder, or gone on with.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="manifest">What is asked.</param>
    /// <exception cref="InputException">The folder holds another run (every difference is named), or files of another kind.</exception>
    public static void Check(string path, Manifest manifest)
    {
        var folder = new RunFolder(path);
        if (File.Exists(folder.ManifestPath))
        {
            ManifestComparison.ThrowIfDifferent(folder.FullPath, Identity(folder.ReadManifest()), Identity(manifest));
        }
        else if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any(entry => !IsOfAStart(entry)))
        {
            throw new InputException(
                "run-folder-not-empty",
                $"starting a run in '{path}'",
                "the folder holds other files and no manifest.json",
                "Choose another --output, or empty the folder");
        }

        static bool IsOfAStart(string entry) => Path.GetFileName(entry) is "prompts.jsonl" or "prompts.unit.json" or ".lock" || AtomicWrite.IsTemporary(entry);
    }

    /// <summary>What a person is told whose run another process works on.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="error">What the system said; null where it said nothing.</param>
    public static InputException Locked(string path, Exception? error = null) => new(
        "run-locked",
        $"working on '{path}'",
        "another process is working on it",
        "Wait for it to end, or share the work with --shard I/N on every machine",
        error);

    /// <summary>Whether a path is that of a file which the program itself keeps in the run folder, so that nothing else may be written there.</summary>
    public bool Owns(string path)
    {
        var name = Path.GetRelativePath(FullPath, Path.GetFullPath(path)).Replace('\\', '/');
        return name is "manifest.json" or "prompts.jsonl" or "prompts.unit.json" or "findings.json" or "report.html" or "report.md" or ".lock"
            || name.StartsWith("encodings", StringComparison.Ordinal)
            || name.StartsWith("scores/", StringComparison.Ordinal)
            || name.StartsWith("probes/", StringComparison.Ordinal);
    }

    /// <summary>What a person is told who named a folder that nothing can be written to.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="error">What the system said.</param>
    public static InputException NotWritable(string path, Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new InputException(
            "output-not-writable",
            $"writing to '{path}'",
            File.Exists(path) ? "there is a file of that name" : error.Message.TrimEnd('.'),
            "Choose another --output, or see to it that the folder may be written to and its disk has room; 'report RUN --output FOLDER' writes elsewhere",
            error);
    }

    /// <summary>
    /// The same run with a control task's encodings in the place of its own: <c>encodings.permutation/00012</c>. Everything else is the run's.
    /// </summary>
    /// <param name="control">A control task that encodes again: a name of <see cref="ControlEncoding.Names"/>.</param>
    public RunFolder WithEncodingsOf(string control) => new(FullPath, "encodings." + control) { _order = _order, _strict = _strict };

    /// <summary>Folder of all chunks of encodings.</summary>
    public string EncodingsFolder => Path.Combine(FullPath, _encodings);

    /// <summary>Reads the manifest, and what the stages were asked to measure.</summary>
    /// <exception cref="InputException">It cannot be read as one.</exception>
    public Manifest ReadManifest()
    {
        var manifest = ReadJson<Manifest>(ManifestPath);
        if (manifest.Encoding.ChatTemplate && !NamesRuleOfChats())
        {
            // Made before the rule was written down: the beginning token was put before chats then.
            manifest = manifest with { Encoding = manifest.Encoding with { BeginsChats = true } };
        }

        return manifest.Format <= Manifest.CurrentFormat
            ? manifest with { Measurement = MeasurementFiles.Read(FullPath, manifest, ReadJson<AskedOfScoring>, ReadJson<AskedOfProbing>) }
            : throw new InputException(
                "run-folder-broken",
                $"reading '{ManifestPath}'",
                $"its format is {manifest.Format}, and this program knows those up to {Manifest.CurrentFormat}",
                "Use the version of the program that made it, or a later one");
    }

    private bool NamesRuleOfChats() => ForeignJson.Node(File.ReadAllBytes(ManifestPath))?["encoding"]?["begins_chats"] is not null;

    /// <summary>Keeps what the stages are asked to measure, for when nothing else is asked: <c>scores/options.json</c>, <c>probes/options.json</c>.</summary>
    /// <param name="measurement">What they are asked; <see cref="MeasurementManifest.Usual"/> where nobody said anything, which is not kept.</param>
    public void WriteMeasurement(MeasurementManifest measurement)
    {
        if (!ReferenceEquals(measurement, MeasurementManifest.Usual))
        {
            MeasurementFiles.Write(FullPath, measurement);
        }
    }

    /// <summary>Reads the prompts, in order.</summary>
    /// <exception cref="InputException">The file is not the one that the run was started with.</exception>
    public IReadOnlyList<Prompt> ReadPrompts() => ReadLines<Prompt>(PromptsPath, UnitSums.PathBeside(PromptsPath));

    /// <summary>Whether the run was analysed.</summary>
    public bool HasFindings => File.Exists(FindingsPath);

    /// <summary>Reads the findings.</summary>
    public Findings ReadFindings() => ReadJson<Findings>(FindingsPath);

    /// <summary>Number of chunks that a number of prompts makes.</summary>
    public static int ChunkCount(int prompts, int chunkSize) => (prompts + chunkSize - 1) / chunkSize;

    /// <summary>Folder of a chunk of encodings.</summary>
    public string EncodingFolder(int chunk) => Path.Combine(EncodingsFolder, ChunkName(chunk));

    /// <summary>Whether a chunk of encodings is complete.</summary>
    public bool HasEncoding(int chunk) => Directory.Exists(EncodingFolder(chunk));

    /// <summary>Whether a chunk's continuations are there.</summary>
    public bool HasContinuations(int chunk) => File.Exists(Path.Combine(EncodingFolder(chunk), "continuations.jsonl"));

    /// <summary>Whether a chunk of one scorer's scores is there.</summary>
    public bool HasScores(string scorer, int chunk) => File.Exists(ScoresPath(scorer, chunk));

    /// <summary>Whether a layer of one probe is complete.</summary>
    public bool HasProbeRuns(string probe, string scorer, int layer) => File.Exists(ProbeRunsPath(probe, scorer, layer));

    /// <summary>Vectors of a chunk: <c>[layers, rows, width]</c>.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="side">input, instruction or output.</param>
    /// <param name="pooling">mean, last, max or mean-without-first.</param>
    public string VectorsPath(int chunk, string side, string pooling) => Path.Combine(EncodingFolder(chunk), $"{side}.{pooling}.npy");

    /// <summary>Folder of one scorer's scores.</summary>
    public string ScorerFolder(string scorer) => Path.Combine(FullPath, "scores", scorer);

    /// <summary>A chunk of one scorer's scores.</summary>
    public string ScoresPath(string scorer, int chunk) => Path.Combine(ScorerFolder(scorer), ChunkName(chunk) + ".jsonl");

    /// <summary>Names of the scorers that have scores here.</summary>
    public IReadOnlyList<string> Scorers() => Names(Path.Combine(FullPath, "scores"));

    /// <summary>Folder of one probe on one scorer's labels.</summary>
    public string ProbeFolder(string probe, string scorer) => Path.Combine(FullPath, "probes", probe, scorer);

    /// <summary>One layer's probe runs.</summary>
    public string ProbeRunsPath(string probe, string scorer, int layer) =>
        Path.Combine(ProbeFolder(probe, scorer), LayerName(layer) + ".jsonl");

    /// <summary>One layer's out-of-fold predictions.</summary>
    public string PredictionsPath(string probe, string scorer, int layer) =>
        Path.Combine(ProbeFolder(probe, scorer), LayerName(layer) + ".predictions.npy");

    /// <summary>One layer's out-of-fold probabilities of classes; there only for probes of several classes.</summary>
    public string ProbabilitiesPath(string probe, string scorer, int layer) =>
        Path.Combine(ProbeFolder(probe, scorer), LayerName(layer) + ".probabilities.npy");

    /// <summary>One layer's online codes; there only where they were asked for.</summary>
    public string ProbeCodesPath(string probe, string scorer, int layer) =>
        Path.Combine(ProbeFolder(probe, scorer), LayerName(layer) + ".codes.jsonl");

    /// <summary>One layer's fitted probes as directions; beside it <c>.jsonl</c> says which is which. Not there for probes that are not linear.</summary>
    public string DirectionsPath(string probe, string scorer, int layer) =>
        Path.Combine(ProbeFolder(probe, scorer), LayerName(layer) + ".directions.npy");

    /// <summary>Names of the probes that have results here.</summary>
    public IReadOnlyList<string> Probes() => Names(Path.Combine(FullPath, "probes"));

    /// <summary>Names of the scorers on whose labels a probe has results here.</summary>
    public IReadOnlyList<string> ProbeScorers(string probe) => Names(Path.Combine(FullPath, "probes", probe));

    /// <summary>The file that says what a stage's folder was made with (the scorer's identity, the probe's options).</summary>
    public static string StageManifestPath(string stageFolder) => Path.Combine(stageFolder, "options.json");

    /// <summary>Starts or goes on with a stage's folder.</summary>
    /// <typeparam name="T">A record of everything the stage's results depend on.</typeparam>
    /// <exception cref="InputException">The folder was made with other options; every difference is named.</exception>
    public static void StartOrResumeStage<T>(string stageFolder, T options)
        where T : notnull
    {
        var path = StageManifestPath(stageFolder);
        if (File.Exists(path))
        {
            ManifestComparison.ThrowIfDifferent(stageFolder, ReadJson<T>(path), options);
            return;
        }

        Directory.CreateDirectory(stageFolder);
        AtomicWrite.File(path, stream => JsonSerializer.Serialize(stream, options, RecordJson.File));
    }

    // The manifest's file: everything but what is measured.
    private static JsonObject Identity(Manifest manifest)
    {
        var node = JsonSerializer.SerializeToNode(manifest with { Format = Manifest.CurrentFormat }, RecordJson.File)!.AsObject();
        node.Remove("measurement");
        return node;
    }

    /// <summary>Reads what a stage's folder was made with; null where it was not begun.</summary>
    /// <typeparam name="T">The record of everything the stage's results depend on.</typeparam>
    /// <exception cref="InputException">It cannot be read as one.</exception>
    public static T? ReadStage<T>(string stageFolder)
        where T : class => File.Exists(StageManifestPath(stageFolder)) ? ReadJson<T>(StageManifestPath(stageFolder)) : null;

    /// <summary>A layer's name as a unit: <c>layer-06</c>.</summary>
    internal static string LayerName(int layer) => $"layer-{layer.ToString("00", CultureInfo.InvariantCulture)}";

    private static string ChunkName(int chunk) => chunk.ToString("00000", CultureInfo.InvariantCulture);

    private static IReadOnlyList<string> Names(string folder) =>
        Directory.Exists(folder)
            ?
            [
                .. Directory
                    .EnumerateDirectories(folder)
                    .Select(path => Path.GetFileName(path))
                    .Where(name => !AtomicWrite.IsTemporary(name))
                    .Order(StringComparer.Ordinal),
            ]
            : [];

    /// <summary>Reads a record of a file of its own.</summary>
    internal static T ReadJson<T>(string path)
    {
        try
        {
            return ForeignJson.Record<T>(File.ReadAllBytes(path), RecordJson.File) ?? throw new JsonException("the file is null");
        }
        catch (Exception error) when (error is JsonException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException(
                "run-folder-broken",
                $"reading '{path}'",
                error.Message.TrimEnd('.'),
                "Run the stage that writes it again, or take another folder",
                error);
        }
    }
}
