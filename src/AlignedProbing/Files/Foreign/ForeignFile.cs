using System.IO.Compression;
using System.Text;
using ZstdSharp;

namespace AlignedProbing.Files.Foreign;

/// <summary>
/// A table or a list of texts that somebody else wrote, made readable: the one door for all of them. What the file is, its bytes decide, and where they leave
/// it open its name. Files compressed with gzip or zstd are unpacked on the way, UTF-16 with a byte order mark becomes UTF-8, a JSON array and the rows of a
/// Parquet file become JSON lines; what is no text at all is refused by what it is.
/// </summary>
public sealed class ForeignFile : IDisposable
{
    private const int HeadSize = 1 << 16;

    private ForeignFile(Stream content, ForeignForm form, char delimiter, IReadOnlyList<string> header) =>
        (Content, Form, Delimiter, Header) = (content, form, delimiter, header);

    /// <summary>The content as UTF-8 without a byte order mark, from its beginning; it cannot be set back.</summary>
    public Stream Content { get; }

    /// <summary>How it is written.</summary>
    public ForeignForm Form { get; }

    /// <summary>Whether it is a JSON array or a Parquet file, whose elements or rows <see cref="Content"/> holds a line each.</summary>
    public bool IsArray { get; private init; }

    /// <summary>What separates the cells of its first line.</summary>
    public char Delimiter { get; }

    /// <summary>The cells of its first line; those of a table's header.</summary>
    public IReadOnlyList<string> Header { get; }

    /// <summary>Looks at a file.</summary>
    /// <param name="stream">Its bytes, from their beginning; disposed of with the result.</param>
    /// <param name="asked">What for, as a clause: "reading prompts from 'rtp.csv'".</param>
    /// <param name="name">Its name, which decides where the content leaves it open; null where there is none.</param>
    /// <exception cref="InputException"><c>file-not-text</c>: it is no text, or damaged.</exception>
    public static ForeignFile Open(Stream stream, string asked, string? name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(asked);
        try
        {
            return OpenText(Unpacked(stream, asked, ref name), asked, name);
        }
        catch (Exception error) when (error is InvalidDataException or DecoderFallbackException or ZstdException or EndOfStreamException)
        {
            throw Refused(asked, $"it is damaged ({error.Message.TrimEnd('.')})", "Make or download it again", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Content.Dispose();

    private static Stream Unpacked(Stream stream, string asked, ref string? name)
    {
        var (head, whole) = Peek(stream);
        if (!IsPacked(head.Span))
        {
            return whole;
        }

        // The name without that of the compression: rtp.jsonl.gz.
        name = name is null ? null : Path.GetFileNameWithoutExtension(name);
        var (inner, rest) = Peek(
            head.Span is [0x1F, ..] ? new GZipStream(whole, CompressionMode.Decompress) : new DecompressionStream(whole, leaveOpen: false));
        return IsPacked(inner.Span)
            ? throw Refused(asked, "it is compressed twice", "Unpack it once")
            : rest;
    }

    // gzip and zstd.
    private static bool IsPacked(ReadOnlySpan<byte> head) => head is [0x1F, 0x8B, ..] or [0x28, 0xB5, 0x2F, 0xFD, ..];

    private static ForeignFile OpenText(Stream stream, string asked, string? name)
    {
        var (head, whole) = Peek(stream);
        whole = head.Span switch
        {
            [0xFF, 0xFE, 0, 0, ..] or [0, 0, 0xFE, 0xFF, ..] => throw Refused(asked, "it is UTF-32", "Save it as UTF-8"),
            [0xFF, 0xFE, ..] => Transcoded(whole, new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true)),
            [0xFE, 0xFF, ..] => Transcoded(whole, new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true)),
            _ => whole,
        };
        (head, whole) = Peek(whole);
        if (head.Span is [0xEF, 0xBB, 0xBF, ..])
        {
            whole.ReadExactly(new byte[3]);
            head = head[3..];
        }

        if (head.Span is [(byte)'P', (byte)'A', (byte)'R', (byte)'1', ..] && head.Span.Contains((byte)0))
        {
            return new ForeignFile(new RowStream(ParquetRows.Of(whole, asked)), ForeignForm.JsonLines, ',', []) { IsArray = true };
        }

        if (BinaryKinds.Of(head.Span) is var (kind, remedy))
        {
            throw Refused(asked, $"it is {kind}", remedy);
        }

        var lines = Lines(head);
        var first = lines.FirstOrDefault(line => !string.IsNullOrWhiteSpace(line)) ?? "";
        var delimiter = Delimiters.Of(first);
        var header = Delimiters.Cells(first, delimiter);
        if (first.TrimStart().StartsWith('[') && ArrayLines(head, whole, asked, name) is { } array)
        {
            return array.Form == ForeignForm.JsonLines ? array : new ForeignFile(array.Content, array.Form, delimiter, header);
        }

        return new ForeignFile(whole, FormOf(first, lines, delimiter, header, name), delimiter, header);
    }

    private static ForeignForm FormOf(string first, List<string> lines, char delimiter, IReadOnlyList<string> header, string? name) =>
        ForeignJson.IsObject(first) ? ForeignForm.JsonLines
        : Extension(name) is ".CSV" or ".TSV" ? ForeignForm.Table
        : Extension(name) is ".JSONL" or ".NDJSON" or ".JSON" ? ForeignForm.JsonLines
        : name is not null && Extension(name) is not ".TXT" && first.TrimStart().StartsWith('{') ? ForeignForm.JsonLines
        : Extension(name) is not ".TXT" && header.Count > 1 && !first.Contains($"{delimiter} ", StringComparison.Ordinal) && lines.Count > 1 && IsHeader(header)
            && lines.Skip(1).FirstOrDefault(line => line.Length > 0) is { } second && Delimiters.Cells(second, delimiter).Count == header.Count
            ? ForeignForm.Table
        : ForeignForm.Text;

    // Names of columns that a table of texts has; any line of prose may hold commas.
    private static bool IsHeader(IReadOnlyList<string> cells) =>
        cells.Any(cell => cell is "text" or "prompt" or "prompt_text") && cells.All(cell => cell.Length < 100 && !cell.Contains(' ', StringComparison.Ordinal));

    private static string Extension(string? name) => Path.GetExtension(name ?? "").ToUpperInvariant();

    private static ForeignFile? ArrayLines(ReadOnlyMemory<byte> head, Stream whole, string asked, string? name)
    {
        // A text may begin with a bracket; a file of JSON's name, or one whose first element is an object, is meant to be an array.
        var isJson = Extension(name) is ".JSON" or ".JSONL" or ".NDJSON";
        var after = head.Span[(head.Span.IndexOf((byte)'[') + 1)..].TrimStart(" \t\r\n"u8);
        if (!isJson && after is not [(byte)'{', ..])
        {
            return null;
        }

        var bytes = new MemoryStream();
        var buffer = new byte[HeadSize];
        while (bytes.Length <= JsonArrayLines.MostBytes && whole.Read(buffer) is var read && read > 0)
        {
            bytes.Write(buffer, 0, read);
        }

        if (bytes.Length > JsonArrayLines.MostBytes)
        {
            throw Refused(asked, "it is a JSON array of more than 256 MiB", "Write an object a line (jq -c '.[]')");
        }

        if (JsonArrayLines.Of(bytes.GetBuffer().AsMemory(0, (int)bytes.Length)) is { } lines)
        {
            return new ForeignFile(lines, ForeignForm.JsonLines, ',', []) { IsArray = true };
        }

        return isJson
            ? throw Refused(asked, "it begins as a JSON array and is none of objects", "Write an array of objects, or an object a line")
            : new ForeignFile(new PrefixedStream(bytes.GetBuffer().AsMemory(0, (int)bytes.Length), whole), ForeignForm.Text, ',', []);
    }

    private static Stream Transcoded(Stream stream, Encoding encoding)
    {
        stream.ReadExactly(new byte[2]);
        return Encoding.CreateTranscodingStream(stream, encoding, AtomicWrite.Utf8);
    }

    private static (ReadOnlyMemory<byte> Head, Stream Whole) Peek(Stream stream)
    {
        var buffer = new byte[HeadSize];
        var length = 0;
        // Up to the first line's end where a pipe says no more for now.
        while (length < HeadSize && stream.Read(buffer.AsSpan(length)) is var read && read > 0)
        {
            length += read;
            if (read < HeadSize && stream is not FileStream { CanSeek: true } && buffer.AsSpan(0, length).Count((byte)'\n') > 1)
            {
                break;
            }
        }

        var head = buffer.AsMemory(0, length);
        return (head, new PrefixedStream(head, stream));
    }

    private static List<string> Lines(ReadOnlyMemory<byte> head) =>
        [.. Encoding.UTF8.GetString(head.Span).Split('\n').Take(100).Select(line => line.TrimEnd('\r'))];

    private static InputException Refused(string asked, string found, string remedy, Exception? inner = null) =>
        new("file-not-text", asked, found, remedy, inner);
}
