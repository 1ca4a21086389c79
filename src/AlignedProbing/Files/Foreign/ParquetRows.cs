using System.Collections;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Parquet;
using Parquet.Schema;
using Parquet.Serialization;

namespace AlignedProbing.Files.Foreign;

/// <summary>The rows of a Parquet file as JSON lines, a group of rows in memory at a time.</summary>
internal static class ParquetRows
{
    private const long MostBytes = 1L << 30;
    private const int Deepest = 32;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The rows, each with its line end; what a row leaves out is null in the file.</summary>
    /// <param name="stream">The file; disposed of by its owner.</param>
    /// <param name="asked">What for, as a clause.</param>
    /// <exception cref="InputException"><c>file-not-text</c>: it is damaged, too large, encrypted, or has a column that is no text, number, truth or
    /// time.</exception>
    public static IEnumerable<byte[]> Of(Stream stream, string asked)
    {
        using var whole = InMemory(stream, asked);
        var groups = Read(whole, asked, reader => Task.FromResult(Checked(reader, asked)));
        for (var group = 0; group < groups.Count; group++)
        {
            var number = group;
            var rows = Read(whole, asked, reader => RowsAsync(whole, reader.Schema, number, asked));
            foreach (var row in rows)
            {
                yield return row;
            }
        }
    }

    private static MemoryStream InMemory(Stream stream, string asked)
    {
        // The list of what is in it stands at its end.
        var whole = new MemoryStream();
        var buffer = new byte[1 << 16];
        while (stream.Read(buffer) is var read && read > 0)
        {
            whole.Write(buffer, 0, read);
            if (whole.Length > MostBytes)
            {
                throw Refused(asked, "it is a Parquet file of more than 1 GiB", "Write it in parts, or its rows as JSON lines");
            }
        }

        return whole;
    }

    private static IReadOnlyList<long> Checked(ParquetReader reader, string asked)
    {
        var groups = reader.Metadata?.RowGroups ?? [];
        return groups.Exists(group => group.NumRows is < 0 or > 100_000_000 || group.TotalByteSize > MostBytes)
            ? throw Refused(asked, "it is a Parquet file with a group of rows of more than 1 GiB", "Write it in smaller groups of rows")
            : [.. groups.Select(group => group.NumRows)];
    }

    private static T Read<T>(MemoryStream whole, string asked, Func<ParquetReader, Task<T>> read)
    {
        try
        {
            return Task.Run(async () =>
            {
                whole.Position = 0;
                await using var reader = await ParquetReader.CreateAsync(whole, leaveStreamOpen: true).ConfigureAwait(false);
                return await read(reader).ConfigureAwait(false);
            }).GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is not InputException)
        {
            // The library says of a damaged file whatever it stumbles over, from a missing key to a lack of memory.
            throw Refused(
                asked,
                $"it is a Parquet file that cannot be read ({error.Message.TrimEnd('.')})",
                "Write it again, or its rows as JSON lines",
                error);
        }
    }

    private static async Task<List<byte[]>> RowsAsync(MemoryStream whole, ParquetSchema schema, int group, string asked)
    {
        whole.Position = 0;
        var read = await ParquetSerializer.DeserializeUntypedAsync(whole, null, group).ConfigureAwait(false);
        var rows = new List<byte[]>(read.Data.Count);
        var line = new MemoryStream();
        foreach (var row in read.Data)
        {
            line.SetLength(0);
            using (var writer = new Utf8JsonWriter(line, Options))
            {
                WriteObject(writer, row, schema.Fields, asked, 0);
            }

            line.WriteByte((byte)'\n');
            rows.Add(line.ToArray());
        }

        return rows;
    }

    private static void WriteObject(Utf8JsonWriter writer, IDictionary<string, object> row, IReadOnlyList<Field> fields, string asked, int depth)
    {
        writer.WriteStartObject();
        foreach (var field in fields)
        {
            if (row.TryGetValue(field.Name, out var value))
            {
                writer.WritePropertyName(field.Name);
                Write(writer, value, field, asked, depth + 1);
            }
            else if (field is ListField)
            {
                // The library leaves empty lists out of the row.
                writer.WriteStartArray(field.Name);
                writer.WriteEndArray();
            }
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, object? value, Field field, string asked, int depth)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case var _ when depth > Deepest:
                throw Refused(asked, $"its column '{field.Name}' is nested more than {Deepest} deep", "Write its rows as JSON lines");
            case IDictionary<string, object> inner when field is StructField fields:
                WriteObject(writer, inner, fields.Fields, asked, depth);
                break;
            case IEnumerable items when field is ListField list:
                writer.WriteStartArray();
                foreach (var item in items)
                {
                    // A list of plain values comes as a list of lists of one.
                    Write(writer, list.Item is DataField && item is IList { Count: 1 } one and not byte[] ? one[0] : item, list.Item, asked, depth + 1);
                }

                writer.WriteEndArray();
                break;
            default:
                WriteScalar(writer, value, field, asked);
                break;
        }
    }

    private static void WriteScalar(Utf8JsonWriter writer, object value, Field field, string asked)
    {
        switch (value)
        {
            case string text:
                writer.WriteStringValue(text);
                break;
            case ReadOnlyMemory<char> text:
                writer.WriteStringValue(text.Span);
                break;
            case bool truth:
                writer.WriteBooleanValue(truth);
                break;
            case float number when float.IsFinite(number):
                // The shortest digits that mean it.
                writer.WriteNumberValue(number);
                break;
            case float:
                writer.WriteNullValue();
                break;
            case double number:
                WriteReal(writer, number);
                break;
            case Half number:
                WriteReal(writer, (double)number);
                break;
            case decimal number:
                writer.WriteNumberValue(number);
                break;
            case sbyte or byte or short or ushort or int or uint or long:
                writer.WriteNumberValue(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));
                break;
            case ulong number:
                writer.WriteNumberValue(number);
                break;
            case DateTime time:
                writer.WriteStringValue(time);
                break;
            case byte[] bytes when System.Text.Unicode.Utf8.IsValid(bytes):
                // Writers that do not say so store texts as bytes.
                writer.WriteStringValue(Encoding.UTF8.GetString(bytes));
                break;
            default:
                throw Refused(
                    asked,
                    $"its column '{field.Name}' holds {value.GetType().Name}, which is no text, number, truth or time",
                    "Leave the column out");
        }
    }

    // JSON has no such numbers; they are missing.
    private static void WriteReal(Utf8JsonWriter writer, double number)
    {
        if (double.IsFinite(number))
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    private static InputException Refused(string asked, string found, string remedy, Exception? inner = null) =>
        new("file-not-text", asked, found, remedy, inner);
}
