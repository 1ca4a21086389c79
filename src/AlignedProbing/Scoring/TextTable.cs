using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using AlignedProbing.Files;
using AlignedProbing.Files.Foreign;
using CsvHelper;
using CsvHelper.Configuration;

namespace AlignedProbing.Scoring;

/// <summary>A file of texts in whichever form, as lines that <see cref="TextLines"/> reads.</summary>
internal sealed class TextTable : IDisposable
{
    private readonly ForeignFile _file;

    private TextTable(ForeignFile file, Stream content, TextFileFormat format) => (_file, Content, Format) = (file, content, format);

    /// <summary>The lines.</summary>
    public Stream Content { get; }

    /// <summary>How they are written; never <see cref="TextFileFormat.Auto"/> where the content tells.</summary>
    public TextFileFormat Format { get; }

    /// <summary>Looks at a file.</summary>
    /// <exception cref="InputException"><c>file-not-text</c>; <c>texts-missing</c>: a table without a column <c>text</c>.</exception>
    public static TextTable Open(Stream input, TextFileOptions options)
    {
        var asked = options.Name is null ? "reading texts" : $"reading texts from '{options.Name}'";
        var file = ForeignFile.Open(new Unclosed(input), asked, options.Name);
        if (options.Format == TextFileFormat.Lines)
        {
            return new TextTable(file, file.Content, TextFileFormat.Lines);
        }

        if (file.Form == ForeignForm.Table)
        {
            return new TextTable(file, new RowStream(Rows(file, asked)), TextFileFormat.Jsonl);
        }

        return new TextTable(file, file.Content, file.Form == ForeignForm.JsonLines && file.IsArray ? TextFileFormat.Jsonl : options.Format);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Content.Dispose();
        _file.Dispose();
    }

    // A row becomes a JSON object with its cells by name: from there on there is one way.
    private static IEnumerable<byte[]> Rows(ForeignFile file, string asked)
    {
        var invalid = '\uFFFF';
        var encoding = Encoding.GetEncoding("utf-8", EncoderFallback.ExceptionFallback, new DecoderReplacementFallback(invalid.ToString()));
        using var parser = new CsvParser(
            new StreamReader(file.Content, encoding, detectEncodingFromByteOrderMarks: false),
            new CsvConfiguration(CultureInfo.InvariantCulture)
            {
                Delimiter = file.Delimiter.ToString(),
                MaxFieldSize = LineReader.MaxLineBytes,
                BadDataFound = null,
            });
        if (!Read(parser, asked))
        {
            yield break;
        }

        string[] header = [.. parser.Record!.Select(name => name.Trim())];
        if (!header.Contains("text"))
        {
            throw new InputException(
                "texts-missing",
                asked,
                $"the table has no column 'text'; its columns are {CleanText.Cut(string.Join(", ", header), 500)}",
                "Name the column of the texts 'text' in the first line, or read the file as plain lines with --format lines");
        }

        if (header.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1)?.Key is { } twice)
        {
            throw new InputException("texts-missing", asked, $"the column '{twice}' is there twice", "Name each column once");
        }

        while (Read(parser, asked))
        {
            yield return Row(header, parser.Record!, invalid);
        }
    }

    private static bool Read(CsvParser parser, string asked)
    {
        try
        {
            return parser.Read();
        }
        catch (MaxFieldSizeException error)
        {
            throw new InputException("texts-missing", asked, $"row {parser.Row} has a cell of more than 16 MiB", "Close every quote", error);
        }
    }

    private static byte[] Row(string[] header, string[] cells, char invalid)
    {
        if (cells.Length != header.Length)
        {
            return "[]\n"u8.ToArray();
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            for (var i = 0; i < cells.Length; i++)
            {
                if (cells[i].Contains(invalid, StringComparison.Ordinal))
                {
                    // As JSON Lines: half a surrogate pair is no text, and named so.
                    writer.WritePropertyName(header[i]);
                    writer.WriteRawValue("\"\\ud800\"", skipInputValidation: true);
                }
                else
                {
                    writer.WriteString(header[i], cells[i]);
                }
            }

            writer.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    // The caller's stream stays open.
    private sealed class Unclosed(Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer) => inner.Read(buffer);

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer, cancellationToken);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
