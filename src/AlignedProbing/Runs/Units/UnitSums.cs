using System.Text.Json;
using System.Text.Json.Nodes;
using AlignedProbing.Files;

namespace AlignedProbing.Runs.Units;

/// <summary>
/// The sums of a unit's files. They stand in the chunk's <c>unit.json</c>, in the field <c>files</c>; beside units that are no folder in a file of their own,
/// <c>00012.unit.json</c>, <c>layer-06.unit.json</c>, <c>prompts.unit.json</c>. Folders of earlier versions have none, and are read without.
/// </summary>
internal static class UnitSums
{
    private const string Field = "files";
    private const string FolderFile = "unit.json";
    private const long LargestFile = 1 << 26;

    /// <summary>Where the sums of a unit that is no folder lie.</summary>
    /// <param name="file">Any file of the unit.</param>
    public static string PathBeside(string file)
    {
        var name = Path.GetFileName(file);
        return Path.Combine(Path.GetDirectoryName(file)!, $"{name[..name.IndexOf('.', StringComparison.Ordinal)]}.{FolderFile}");
    }

    /// <summary>Where the sums of a unit that is a folder lie.</summary>
    public static string PathIn(string folder) => Path.Combine(folder, FolderFile);

    /// <summary>Sums up the files of a unit that is complete but for this, and writes the sums to them.</summary>
    /// <param name="folder">The pending folder that holds them and nothing else.</param>
    /// <param name="last">The file by which the unit is known; null where the unit is the folder itself.</param>
    public static void Write(string folder, string? last)
    {
        var path = last is null ? PathIn(folder) : PathBeside(Path.Combine(folder, last));
        var about = File.Exists(path) ? ForeignJson.Node(File.ReadAllBytes(path))!.AsObject() : [];
        var files = new SortedDictionary<string, FileSum>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(folder).Where(file => file != path))
        {
            files[Path.GetFileName(file)] = FileSum.Of(file);
        }

        about[Field] = JsonSerializer.SerializeToNode(files, RecordJson.File);
        using var stream = File.Create(path);
        JsonSerializer.Serialize(stream, about, RecordJson.File);
    }

    /// <summary>Writes the sum of one file beside it.</summary>
    public static void WriteBeside(string file) => AtomicWrite.File(PathBeside(file), stream => JsonSerializer.Serialize(
        stream,
        new Dictionary<string, IReadOnlyDictionary<string, FileSum>>
        {
            [Field] = new Dictionary<string, FileSum> { [Path.GetFileName(file)] = FileSum.Of(file) },
        },
        RecordJson.File));

    /// <summary>Reads the sums; null where there are none.</summary>
    /// <exception cref="InputException">What is there is no such file.</exception>
    public static IReadOnlyDictionary<string, FileSum>? Read(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            if (new FileInfo(path).Length > LargestFile)
            {
                throw new JsonException("it is too large");
            }

            return ForeignJson.Node(File.ReadAllBytes(path)) is JsonObject about && about[Field] is { } files
                ? files.Deserialize<Dictionary<string, FileSum>>(RecordJson.File)
                : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            throw DamagedFile.Unreadable(path, error);
        }
    }

    /// <summary>The sum of a file; null where the unit carries none, as in folders of earlier versions.</summary>
    /// <param name="file">The file.</param>
    /// <param name="sums">Where its unit's sums lie.</param>
    /// <exception cref="InputException">The unit carries sums, and none of this file.</exception>
    public static FileSum? Of(string file, string sums) =>
        Read(sums) is not { } files ? null
        : files.TryGetValue(Path.GetFileName(file), out var sum) ? sum
        : throw DamagedFile.Of(file, $"'{Path.GetFileName(sums)}' does not know it");
}
