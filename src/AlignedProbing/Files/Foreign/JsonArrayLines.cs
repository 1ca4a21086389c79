using System.Text.Json;

namespace AlignedProbing.Files.Foreign;

/// <summary>A JSON array as JSON lines.</summary>
internal static class JsonArrayLines
{
    /// <summary>A larger array is refused: it is read as a whole. 256 MiB.</summary>
    public const int MostBytes = 1 << 28;

    private static readonly JsonWriterOptions Options = new() { SkipValidation = true };

    /// <summary>The elements of an array, one a line; null where the bytes are no JSON array of objects.</summary>
    /// <param name="json">The whole file, UTF-8.</param>
    public static Stream? Of(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Array
                || document.RootElement.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.Object))
            {
                return null;
            }

            var lines = new MemoryStream();
            foreach (var element in document.RootElement.EnumerateArray())
            {
                using (var writer = new Utf8JsonWriter(lines, Options))
                {
                    Write(writer, element);
                }

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

    // Raw values keep what is written: half a surrogate pair is for whoever reads the line to name.
    private static void Write(Utf8JsonWriter writer, JsonElement element)
    {
        var raw = element.GetRawText();
        if (raw.AsSpan().IndexOfAny('\n', '\r') < 0)
        {
            writer.WriteRawValue(raw, skipInputValidation: true);
            return;
        }

        // Line ends stand between values only: within a text JSON writes them as escapes.
        writer.WriteRawValue(string.Concat(raw.Where(c => c is not ('\n' or '\r'))), skipInputValidation: true);
    }
}
