using System.Text;

namespace AlignedProbing.Studies;

/// <summary>A study file, YAML or JSON: a table of runs over one prompt set with one set of scorers (docs/guide/studies.md).</summary>
public sealed record StudyFile
{
    /// <summary>Bytes of a study file at most.</summary>
    public const int LargestFile = 1 << 20;

    /// <summary>Runs of a study at most.</summary>
    public const int MostRuns = 2000;

    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>The study's name: the file's own unless it says one.</summary>
    public required string Name { get; init; }

    /// <summary>Its runs: every list of values has become a run each.</summary>
    public required IReadOnlyList<StudyFileRun> Runs { get; init; }

    /// <summary>Reads a file and checks all of it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException"><c>study-file</c>: it cannot be read, or something in it cannot be used; every fault is told with its line.</exception>
    public static StudyFile Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string text;
        try
        {
            using var stream = File.OpenRead(path);
            text = stream.Length <= LargestFile
                ? new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true)).ReadToEnd()
                : throw new IOException($"it has {stream.Length} bytes, and a study file has {LargestFile} at most");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException(
                "study-file",
                $"reading the study '{path}'",
                error is FileNotFoundException or DirectoryNotFoundException ? "there is no such file"
                    : Directory.Exists(path) ? "it is a folder"
                    : error is DecoderFallbackException ? "it is no text in UTF-8"
                    : error.Message.TrimEnd('.'),
                "Name a study file: YAML or JSON, as docs/guide/studies.md shows",
                error);
        }

        return Parse(text, path);
    }

    /// <summary>Reads a study from its text.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="path">Where it is from, for messages and as its name.</param>
    /// <exception cref="InputException"><c>study-file</c>: something in it cannot be used; every fault is told with its line.</exception>
    public static StudyFile Parse(string text, string path)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(path);
        var faults = new StudyFileFaults(path);
        var reader = new StudyReader(faults);
        var (name, runs) = reader.Read(StudyYaml.Root(text, faults));
        faults.ThrowIfAny();
        return new StudyFile { Path = path, Name = name ?? System.IO.Path.GetFileNameWithoutExtension(path), Runs = runs };
    }
}
