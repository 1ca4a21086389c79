using System.Buffers;
using System.Text;
using System.Text.Json;
using AlignedProbing.Files;

namespace AlignedProbing.Scoring;

/// <summary>Reads a file of texts line by line, JSONL or plain, with bounded memory: a line longer than the limit is skipped, not held.</summary>
internal sealed class TextLines(Stream stream, TextFileOptions options)
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly ArrayBufferWriter<byte> _line = new(1 << 12);
    private int _start;
    private int _end;
    private int _number;
    private TextFileFormat _format = options.Format;

    /// <summary>The next line; null at the end.</summary>
    public async ValueTask<TextLine?> ReadAsync(CancellationToken cancellationToken)
    {
        _line.ResetWrittenCount();
        var (tooLong, any) = (false, false);
        while (true)
        {
            if (_start == _end)
            {
                (_start, _end) = (0, await ReadSomeAsync(cancellationToken).ConfigureAwait(false));
                if (_end == 0)
                {
                    break;
                }
            }

            any = true;
            var newLine = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            var length = newLine < 0 ? _end - _start : newLine;
            tooLong |= (long)_line.WrittenCount + length > options.MaxLineBytes;
            if (!tooLong)
            {
                _line.Write(_buffer.AsSpan(_start, length));
            }

            _start += length;
            if (newLine >= 0)
            {
                _start++;
                break;
            }
        }

        return !any ? null : Parse(++_number, tooLong);
    }

    // A pipe that says nothing is not waited for once somebody asked to stop.
    private async Task<int> ReadSomeAsync(CancellationToken cancellationToken) =>
        await stream.ReadAsync(_buffer, cancellationToken).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);

    private TextLine Parse(int number, bool tooLong)
    {
        if (tooLong)
        {
            return new TextLine(number, null, [], "line_too_long");
        }

        string line;
        try
        {
            line = AtomicWrite.Utf8.GetString(_line.WrittenSpan).TrimEnd('\r');
        }
        catch (DecoderFallbackException)
        {
            return new TextLine(number, null, [], "not_utf8");
        }

        if (number == 1)
        {
            line = line.TrimStart('\uFEFF');
        }

        if (_format == TextFileFormat.Auto && !string.IsNullOrWhiteSpace(line))
        {
            // The first line with anything on it decides for the whole file: a plain text that merely starts with a brace is not JSON with a text.
            _format = HasText(line) ? TextFileFormat.Jsonl : TextFileFormat.Lines;
        }

        return _format == TextFileFormat.Jsonl && !string.IsNullOrWhiteSpace(line) ? ParseJson(number, line) : new TextLine(number, line, [], null);
    }

    private static bool HasText(string line)
    {
        try
        {
            using var document = ForeignJson.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("text", out _);
        }
        catch (JsonException)
        {
            // An object that cannot be used is one all the same: its line is named, not scored as text.
            return ForeignJson.IsObject(line);
        }
    }

    private static TextLine ParseJson(int number, string line)
    {
        try
        {
            using var document = ForeignJson.Parse(line);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return new TextLine(number, null, [], "not_a_json_object");
            }

            string? text = null;
            var fields = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.Name == "text")
                {
                    text = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString() : null;
                }
                else
                {
                    fields[property.Name] = property.Value.GetRawText();
                }
            }

            return new TextLine(number, text, [.. fields], text is null ? "no_text" : null);
        }
        catch (JsonTextException)
        {
            // An escape that is half a surrogate pair: JSON allows it to be written, but it is no text.
            return new TextLine(number, null, [], "not_utf8");
        }
        catch (JsonException)
        {
            return new TextLine(number, null, [], "not_a_json_object");
        }
    }
}

/// <summary>A line of a file of texts.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Text">Its text; null where there is none.</param>
/// <param name="Fields">Its other fields, as raw JSON.</param>
/// <param name="Problem">Why there is no text; null where there is one.</param>
internal readonly record struct TextLine(int Number, string? Text, KeyValuePair<string, string>[] Fields, string? Problem);
