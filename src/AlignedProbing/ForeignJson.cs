using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace AlignedProbing;

/// <summary>
/// JSON that somebody else wrote: files of models, of users and of damaged runs, and the answers of servers. The one way of reading it. What it hands out
/// holds no text that cannot be taken from it and no name twice in an object; whatever is wrong with the bytes is a <see cref="JsonException"/>.
/// </summary>
public static class ForeignJson
{
    /// <summary>Levels of nesting that are read where a reader asks for no others.</summary>
    public const int Deepest = 64;

    private const int DeepestValue = 128;

    private static readonly string[] PythonNumbers = ["NaN", "Infinity", "-Infinity"];

    /// <summary>Reads a document; a byte order mark before it is none of it.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="options">Depth (64 where it says none), comments and commas at an end; names are held unique in any case.</param>
    /// <exception cref="JsonTextException">A text of it is none.</exception>
    /// <exception cref="JsonException">It is no JSON, too deep, or an object names something twice.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> json, JsonDocumentOptions options = default)
    {
        json = WithoutMark(json);
        CheckTexts(json.Span);
        options.AllowDuplicateProperties = false;
        return JsonDocument.Parse(json, options);
    }

    /// <summary>Reads a document from text.</summary>
    /// <inheritdoc cref="Parse(ReadOnlyMemory{byte}, JsonDocumentOptions)" path="/exception"/>
    public static JsonDocument Parse(string json, JsonDocumentOptions options = default) => Parse(Bytes(json), options);

    /// <summary>
    /// Reads a document as Python's json module writes it: NaN, Infinity and -Infinity may stand for numbers. They become texts of these names, so that
    /// nobody takes them for a number unawares.
    /// </summary>
    /// <inheritdoc cref="Parse(ReadOnlyMemory{byte}, JsonDocumentOptions)" path="/exception"/>
    public static JsonDocument ParsePython(ReadOnlyMemory<byte> json, JsonDocumentOptions options = default) => Parse(QuoteNumbers(json), options);

    /// <inheritdoc cref="ParsePython(ReadOnlyMemory{byte}, JsonDocumentOptions)"/>
    public static JsonDocument ParsePython(string json, JsonDocumentOptions options = default) => ParsePython(Bytes(json), options);

    /// <summary>Reads a document that can be changed; null where it is null.</summary>
    /// <inheritdoc cref="Parse(ReadOnlyMemory{byte}, JsonDocumentOptions)" path="/exception"/>
    public static JsonNode? Node(ReadOnlyMemory<byte> json)
    {
        json = WithoutMark(json);
        CheckTexts(json.Span);
        return JsonNode.Parse(json.Span, null, new JsonDocumentOptions { AllowDuplicateProperties = false });
    }

    /// <summary>Reads a record; null where the JSON is null.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="options">How its type is written.</param>
    /// <inheritdoc cref="Parse(ReadOnlyMemory{byte}, JsonDocumentOptions)" path="/exception"/>
    public static T? Record<T>(ReadOnlyMemory<byte> json, JsonSerializerOptions options)
    {
        json = WithoutMark(json);
        CheckTexts(json.Span);
        return JsonSerializer.Deserialize<T>(json.Span, options);
    }

    /// <summary>The bytes of a file that is to be JSON.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">Bytes that it may have.</param>
    /// <exception cref="JsonException">It is larger.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static byte[] Bytes(string path, long most) =>
        new FileInfo(path).Length <= most
            ? File.ReadAllBytes(path)
            : throw new JsonException($"it is larger than {Math.Max(1, most >> 20).ToString(CultureInfo.InvariantCulture)} MiB");

    /// <summary>Reads a document for its syntax: its texts are not checked and not to be taken, a name may stand twice.</summary>
    /// <exception cref="JsonException">It is no JSON, or too deep.</exception>
    public static JsonDocument Syntax(ReadOnlyMemory<byte> json) => JsonDocument.Parse(WithoutMark(json));

    /// <summary>Whether a line is a JSON object by its syntax, whatever its texts are.</summary>
    public static bool IsObject(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>
    /// Reads JSON piece by piece, for files too large to be held as documents. Names of one object are the caller's to hold unique.
    /// </summary>
    /// <param name="json">UTF-8, checked whole before the first piece is handed out.</param>
    /// <param name="deepest">Levels of nesting.</param>
    /// <exception cref="JsonTextException">A text of it is none.</exception>
    public static Utf8JsonReader Reader(ReadOnlySpan<byte> json, int deepest)
    {
        CheckTexts(json);
        return new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = deepest });
    }

    /// <summary>The value that a reader stands before: moves to its end.</summary>
    /// <param name="json">All that the reader reads.</param>
    /// <param name="reader">A reader of <see cref="Reader"/> that stands on a name.</param>
    /// <exception cref="JsonException">An object names something twice.</exception>
    public static JsonElement Value(ReadOnlySpan<byte> json, ref Utf8JsonReader reader)
    {
        if (!reader.Read())
        {
            throw new JsonException("it ends too early");
        }

        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return JsonElement.Parse(
            json[start..(int)reader.BytesConsumed],
            new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = DeepestValue });
    }

    private static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> json) => json.Span is [0xEF, 0xBB, 0xBF, ..] ? json[3..] : json;

    private static byte[] Bytes(string json)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetBytes(json);
        }
        catch (EncoderFallbackException error)
        {
            throw new JsonTextException($"half a surrogate pair stands at character {error.Index.ToString(CultureInfo.InvariantCulture)}", error.Index);
        }
    }

    private static void CheckTexts(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            var at = FirstInvalid(json);
            throw new JsonTextException($"it is not UTF-8 at byte {at.ToString(CultureInfo.InvariantCulture)}", at);
        }

        for (var i = NextEscape(json, 0); i >= 0;)
        {
            var unit = EscapedUnit(json, i);
            var pairs = unit is >= 0xD800 and < 0xDC00 && EscapedUnit(json, i + 6) is >= 0xDC00 and < 0xE000;
            if (unit is >= 0xD800 and < 0xE000 && !pairs)
            {
                throw new JsonTextException($"a text holds half a surrogate pair at byte {i.ToString(CultureInfo.InvariantCulture)}", i);
            }

            i = NextEscape(json, i + (pairs ? 12 : 2));
        }
    }

    private static int NextEscape(ReadOnlySpan<byte> json, int from) =>
        from >= json.Length ? -1 : json[from..].IndexOf((byte)'\\') is var found and >= 0 ? from + found : -1;

    // The UTF-16 unit of \uXXXX at a place; -1 where there is none.
    private static int EscapedUnit(ReadOnlySpan<byte> json, int at) =>
        at + 6 <= json.Length
        && json[at] == '\\'
        && json[at + 1] == 'u'
        && int.TryParse(json.Slice(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
            ? unit
            : -1;

    private static int FirstInvalid(ReadOnlySpan<byte> json)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(json[at..], out _, out var length) == System.Buffers.OperationStatus.Done)
        {
            at += length;
        }

        return at;
    }

    private static ReadOnlyMemory<byte> QuoteNumbers(ReadOnlyMemory<byte> json)
    {
        List<(int At, string Word)>? found = null;
        var bytes = json.Span;
        var quoted = false;
        for (var i = 0; i < bytes.Length; i++)
        {
            switch (bytes[i])
            {
                case (byte)'\\':
                    i++;
                    break;
                case (byte)'"':
                    quoted = !quoted;
                    break;
                case (byte)'N' or (byte)'I' or (byte)'-' when !quoted && WordAt(bytes, i) is { } word:
                    (found ??= []).Add((i, word));
                    i += word.Length - 1;
                    break;
            }
        }

        if (found is null)
        {
            return json;
        }

        var result = new MemoryStream(json.Length + (2 * found.Count));
        var done = 0;
        foreach (var (at, word) in found)
        {
            result.Write(bytes[done..at]);
            result.Write(Encoding.ASCII.GetBytes($"\"{word}\""));
            done = at + word.Length;
        }

        result.Write(bytes[done..]);
        return result.GetBuffer().AsMemory(0, (int)result.Length);
    }

    private static string? WordAt(ReadOnlySpan<byte> bytes, int at)
    {
        foreach (var word in PythonNumbers)
        {
            if (bytes.Length - at >= word.Length && Ascii.Equals(bytes.Slice(at, word.Length), word))
            {
                return word;
            }
        }

        return null;
    }
}
