using System.Text.Json;

namespace AlignedProbing.Files;

/// <summary>Files with one JSON record a line.</summary>
public static class JsonLines
{
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    /// <summary>Writes records to a stream, each with its line end.</summary>
    public static void Write<T>(Stream stream, IEnumerable<T> records)
    {
        foreach (var record in records)
        {
            JsonSerializer.Serialize(stream, record, RecordJson.Line);
            stream.WriteByte((byte)'\n');
        }
    }

    /// <summary>Writes a file, complete or not at all.</summary>
    public static void WriteFile<T>(string path, IEnumerable<T> records) => AtomicWrite.File(path, stream => Write(stream, records));

    /// <summary>Reads a file's records in order.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">Told the number of bytes read and their SHA-256 once all were; null: nobody asks, and nothing is hashed.</param>
    /// <exception cref="InputException">A line is not such a record; the message names file and line.</exception>
    public static IEnumerable<T> ReadFile<T>(string path, Action<long, string>? read = null)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        LineReader.SkipMark(stream);
        using var hashed = read is null ? null : new HashedStream(stream);
        hashed?.Add(stream.Position == 0 ? [] : ByteOrderMark);
        var lines = new LineReader(hashed ?? (Stream)stream, Array.MaxLength);
        while (lines.TryRead(out var line))
        {
            if (line.Length > 0)
            {
                yield return Record<T>(line, lines.Number, path);
            }
        }

        read?.Invoke(hashed!.BytesRead, hashed.Sum());
    }

    private static T Record<T>(ReadOnlyMemory<byte> line, int number, string path)
    {
        try
        {
            return ForeignJson.Record<T>(line, RecordJson.Line) ?? throw new JsonException("the line is null");
        }
        catch (JsonException error)
        {
            throw new InputException(
                "run-folder-broken",
                $"reading line {number} of '{path}'",
                $"it is not a {typeof(T).Name}: {error.Message}",
                "Remove the file (for a chunk: its folder) and run the stage again; everything else is kept",
                error);
        }
    }
}
