using System.Globalization;
using System.Text;
using AlignedProbing.Files;
using CsvHelper;
using CsvHelper.Configuration;

namespace AlignedProbing.Analysis.Interplay;

/// <summary>A CSV with a header, read row by row; every fault names the file, the line and the column.</summary>
internal sealed class CsvRows
{
    private readonly Dictionary<string, int> _columns;
    private string[] _record = [];

    private CsvRows(string path, string[] header)
    {
        Path = path;
        Columns = header;
        _columns = new(StringComparer.Ordinal);
        for (var i = 0; i < header.Length; i++)
        {
            if (!_columns.TryAdd(header[i], i))
            {
                throw Fault($"its header names '{Short(header[i])}' more than once", "Name each column once");
            }
        }
    }

    public string Path { get; }

    public IReadOnlyList<string> Columns { get; }

    /// <summary>Line of the row at hand, from 1; the header's is 1.</summary>
    public int Line { get; private set; } = 1;

    /// <summary>Reads a file: <paramref name="header"/> once, then <paramref name="row"/> for each row that is not blank.</summary>
    public static void Read(string path, Action<CsvRows> header, Action<CsvRows> row)
    {
        if (!File.Exists(path))
        {
            throw new InputException("interplay-table", $"reading '{path}'", "there is no such file", "Give the path of a CSV with a header");
        }

        CsvRows? rows = null;
        try
        {
            using var parser = new CsvParser(
                new StreamReader(path, AtomicWrite.Utf8),
                new CsvConfiguration(CultureInfo.InvariantCulture) { MaxFieldSize = 1 << 16, BadDataFound = null, IgnoreBlankLines = true });
            if (!parser.Read())
            {
                throw new InputException("interplay-table", $"reading '{path}'", "it is empty", "Give a header and a row for each value");
            }

            rows = new CsvRows(path, [.. parser.Record!.Select(name => name.TrimStart('\uFEFF').Trim())]);
            header(rows);
            while (parser.Read())
            {
                (rows.Line, rows._record) = (parser.RawRow, parser.Record!);
                if (rows._record.Length != rows.Columns.Count)
                {
                    throw rows.Fault($"line {rows.Line} has {rows._record.Length} fields, the header {rows.Columns.Count}", "Give every row each column");
                }

                row(rows);
            }
        }
        catch (DecoderFallbackException)
        {
            throw new InputException("interplay-table", $"reading '{path}'", "it is not UTF-8", "Save it as UTF-8");
        }
        catch (CsvHelperException error)
        {
            throw new InputException(
                "interplay-table",
                $"reading '{path}'",
                $"it cannot be read as CSV after line {rows?.Line ?? 0}",
                "Close every quote, and keep fields below 64 KiB",
                error);
        }
    }

    /// <summary>Refuses a header without a column that is needed, or with one that is not known.</summary>
    public void Require(IReadOnlyCollection<string> needed, IReadOnlyCollection<string> known)
    {
        if (needed.Where(name => !_columns.ContainsKey(name)).ToArray() is { Length: > 0 } absent)
        {
            throw Fault($"line 1 has no column '{string.Join("', '", absent)}' (it has {string.Join(", ", Columns.Take(20).Select(Short))})", "Add it");
        }

        if (Columns.Where(name => !known.Contains(name)).ToArray() is { Length: > 0 } unknown)
        {
            throw Fault(
                $"line 1 has the unknown column '{string.Join("', '", unknown.Take(10).Select(Short))}'",
                $"Leave it out, or spell it as one of {string.Join(", ", known)}");
        }
    }

    /// <summary>A text that must be there.</summary>
    public string Text(string column) =>
        _record[_columns[column]].Trim() is { Length: > 0 } text ? text : throw Fault($"line {Line} has no '{column}'", "Give every row one");

    /// <summary>A whole number from 0 to 10,000.</summary>
    public int Whole(string column)
    {
        var text = Text(column);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= 10_000
            ? value
            : throw Fault($"'{column}' in line {Line} is '{Short(text)}'", "Write a whole number from 0 to 10,000");
    }

    /// <summary>A finite number; NaN where the field is empty: the value is missing.</summary>
    public double Number(string column)
    {
        var text = _record[_columns[column]].Trim();
        return text.Length == 0 ? double.NaN
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value
            : throw Fault(
                $"'{column}' in line {Line} is '{Short(text)}', which is no finite number",
                "Write a number with a point, or nothing where it is missing");
    }

    public InputException Fault(string found, string remedy) => new("interplay-table", $"reading '{Path}'", found, remedy);

    public static string Short(string text) => text.Length > 40 ? text[..40] + "..." : text;
}
