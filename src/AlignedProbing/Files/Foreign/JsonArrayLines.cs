using System.Runtime.InteropServices;
using System.Text.Json;

namespace AlignedProbing.Files.Foreign;

/// <summary>A JSON array as JSON lines.</summary>
internal static class JsonArrayLines
{
    /// <summary>A larger array is refused: it is read as a whole. 256 MiB.</summary>
    public const int MostBytes = 1 << 28;

    /// <summary>The elements of an array, one a line; null where the bytes are no JSON array of objects.</summary>
    /// <param name="json">The whole file, UTF-8.</param>
    public static Stream? Of(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = ForeignJson.Syntax(json);
            if (document.RootElement.ValueKind != JsonValueKind.Array
                || document.RootElement.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.Object))
            {
                return null;
            }

            var lines = new MemoryStream();
            foreach (var element in document.RootElement.EnumerateArray())
            {
                Write(lines, JsonMarshal.GetRawUtf8Value(element));
                lines.WriteByte((byte)'\n');
            }

            lines.Position = 0;
            return lines;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Raw values keep what is written: half a surrogate pair is for whoever reads the line to name. Line ends stand between values only, for within a text
    // JSON writes them as escapes.
    private static void Write(MemoryStream lines, ReadOnlySpan<byte> raw)
    {
        while (raw.IndexOfAny((byte)'\n', (byte)'\r') is var end && end >= 0)
        {
            lines.Write(raw[..end]);
            raw = raw[(end + 1)..];
        }

        lines.Write(raw);
    }
}
