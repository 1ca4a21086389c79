using System.Globalization;
using System.Text;
using System.Text.Json;
using AlignedProbing.Files;
using AlignedProbing.Files.Foreign;
using CsvHelper;
using CsvHelper.Configuration;

namespace AlignedProbing.Probing.Labels;

/// <summary>Labels from a table with a header or a file with a JSON object a line, in any form that <see cref="ForeignFile"/> reads; a row a vector.</summary>
internal sealed class LabelFile
{
    private const string NumbersAlone =
        "Labels of this probe are numbers with a decimal point, or nothing (null in JSON) where there is none. For classes written as words probe with " +
        "--probe softmax, or --probe logistic where there are two";

    private readonly Dictionary<string, List<string?>> _labels;
    private readonly Dictionary<string, List<string>> _texts;

    private LabelFile(Dictionary<string, List<string?>> labels, Dictionary<string, List<string>> texts, int rows) =>
        (_labels, _texts, Rows) = (labels, texts, rows);

    /// <summary>Number of rows.</summary>
    public int Rows { get; private set; }

    // Empty lines after the last row of a file of one column.
    private int BlankAtEnd { get; set; }

    /// <summary>
    /// A label of every row; NaN where it has none. Where one is no number all are names of classes, which are numbered in the order of their characters.
    /// </summary>
    public LabelColumn Of(string name)
    {
        var labels = _labels[name];
        double?[] numbers = [.. labels.Select(label => label is null ? double.NaN : NumberOf(label))];
        if (!numbers.Contains(null))
        {
            return new LabelColumn(name, [.. numbers.OfType<double>()]);
        }

        string[] classes = [.. labels.OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return new LabelColumn(name, [.. labels.Select(label => label is null ? double.NaN : Array.BinarySearch(classes, label, StringComparer.Ordinal))])
        {
            Classes = classes,
        };
    }

    /// <summary>Whether a label is there, and none is a number: one number among words is more likely a slip than a class.</summary>
    public bool IsOfWords(string name) =>
        _labels[name].Exists(label => label is not null) && _labels[name].TrueForAll(label => label is null || NumberOf(label) is null);

    /// <summary>The text of every row in a column read as text.</summary>
    public IReadOnlyList<string> TextsOf(string name) => _texts[name];

    /// <summary>Reads the labels named, and columns of text (ids, groups), which every row must have.</summary>
    /// <param name="path">The file.</param>
    /// <param name="names">The labels.</param>
    /// <param name="textNames">The columns of text.</param>
    /// <param name="words">Whether labels may be words: names of classes.</param>
    /// <exception cref="InputException">A name is not in the file, a label is no number, a text is empty, or a row cannot be read; the message names the
    /// row.</exception>
    public static LabelFile Read(string path, IReadOnlyList<string> names, IEnumerable<string> textNames, bool words)
    {
        var labels = names.ToDictionary(name => name, _ => new List<string?>(), StringComparer.Ordinal);
        var texts = textNames.Distinct(StringComparer.Ordinal).ToDictionary(name => name, _ => new List<string>(), StringComparer.Ordinal);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        using var file = ForeignFile.Open(stream, $"reading labels from '{path}'", Path.GetFileName(path));
        var (rows, blanks) = file.Form == ForeignForm.JsonLines ? (ReadJson(path, file, labels, texts, words), 0) : ReadCsv(path, file, labels, texts, words);
        return new LabelFile(labels, texts, rows) { BlankAtEnd = blanks };
    }

    /// <summary>
    /// Takes empty lines at the end of a file of one column as rows without a label, as many of them as vectors ask for: whether they are rows or the end of
    /// the file, nothing in it tells.
    /// </summary>
    /// <param name="rows">The number of vectors.</param>
    public void Fit(long rows)
    {
        while (Rows < rows && BlankAtEnd > 0)
        {
            foreach (var labels in _labels.Values)
            {
                labels.Add(null);
            }

            (Rows, BlankAtEnd) = (Rows + 1, BlankAtEnd - 1);
        }
    }

    private static (int Rows, int BlankAtEnd) ReadCsv(
        string path, ForeignFile file, Dictionary<string, List<string?>> labels, Dictionary<string, List<string>> texts, bool words)
    {
        try
        {
            return ReadCsvRows(path, file, labels, texts, words);
        }
        catch (DecoderFallbackException)
        {
            throw Fault(path, "it is not UTF-8", "Save it as UTF-8");
        }
        catch (CsvHelperException error)
        {
            throw Fault(
                path,
                error is MaxFieldSizeException ? "a field is longer than 16 MiB" : "it cannot be read as CSV",
                "Keep the labels alone, and close every quote");
        }
    }

    private static (int Rows, int BlankAtEnd) ReadCsvRows(
        string path, ForeignFile file, Dictionary<string, List<string?>> labels, Dictionary<string, List<string>> texts, bool words)
    {
        var oneColumn = file.Header.Count == 1;
        using var parser = new CsvParser(
            new StreamReader(file.Content, AtomicWrite.Utf8),
            new CsvConfiguration(CultureInfo.InvariantCulture)
            {
                Delimiter = file.Delimiter.ToString(),
                MaxFieldSize = LineReader.MaxLineBytes,
                BadDataFound = null,
                // In a file of one column an empty line is a row without its label.
                IgnoreBlankLines = !oneColumn,
            });
        var header = ReadHeader(parser, path);
        var columns = labels.Keys.Union(texts.Keys).ToDictionary(name => name, name => Array.IndexOf(header, name), StringComparer.Ordinal);
        RefuseUnknown(path, [.. columns.Where(column => column.Value < 0).Select(column => column.Key)], header);
        if (columns.Keys.FirstOrDefault(name => header.Count(column => column == name) > 1) is { } ambiguous)
        {
            throw Fault(path, $"its header names '{ambiguous}' more than once", "Name each column once");
        }

        var (rows, blanks) = (0, 0);
        while (parser.Read())
        {
            if (oneColumn && parser.Record is [] or [{ Length: 0 }] && parser.RawRecord.AsSpan().Trim().IsEmpty)
            {
                blanks++;
                continue;
            }

            for (; blanks > 0; blanks--)
            {
                rows++;
                AddBlank(path, rows, labels, texts);
            }

            rows++;
            foreach (var (name, column) in columns)
            {
                var cell =
                    column < parser.Record!.Length
                        ? parser.Record[column].Trim()
                        : throw Fault(path, $"row {rows} has {parser.Record.Length} fields, the header {header.Length}", "Mend the row");
                if (texts.TryGetValue(name, out var values))
                {
                    values.Add(cell.Length > 0 ? cell : throw Fault(path, $"row {rows} has no '{name}'", "Give every row one"));
                }

                if (labels.TryGetValue(name, out var given))
                {
                    given.Add(
                        cell.Length == 0 ? null
                        : words || NumberOf(cell) is not null ? cell
                        : throw Fault(path, $"'{name}' in row {rows} is '{(cell.Length > 40 ? cell[..40] + "..." : cell)}', not a number", NumbersAlone));
                }
            }
        }

        return (rows, blanks);
    }

    private static string[] ReadHeader(CsvParser parser, string path)
    {
        while (parser.Read())
        {
            if (parser.Record is not ([] or [{ Length: 0 }]))
            {
                return parser.Record!;
            }
        }

        throw Fault(path, "it is empty", "Give a header and a row for each vector");
    }

    private static void AddBlank(string path, int row, Dictionary<string, List<string?>> labels, Dictionary<string, List<string>> texts)
    {
        if (texts.Keys.FirstOrDefault() is { } name)
        {
            throw Fault(path, $"row {row} has no '{name}'", "Give every row one");
        }

        foreach (var values in labels.Values)
        {
            values.Add(null);
        }
    }

    private static int ReadJson(
        string path, ForeignFile file, Dictionary<string, List<string?>> labels, Dictionary<string, List<string>> texts, bool words)
    {
        var rows = 0;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var fields = new SortedSet<string>(StringComparer.Ordinal);
        var lines = new LineReader(file.Content);
        while (lines.TryRead(out var text))
        {
            var line = lines.Number;
            if (lines.TooLong)
            {
                throw Fault(path, $"line {line} is longer than 16 MiB", "Keep the labels alone");
            }

            if (text.Span.IndexOfAnyExcept(" \t\r"u8) < 0)
            {
                continue;
            }

            rows++;
            using var row = Parse(text, path, line);
            fields.UnionWith(row.RootElement.EnumerateObject().Select(field => field.Name));
            foreach (var (name, values) in labels)
            {
                var found = Find(row.RootElement, name);
                if (found is not null)
                {
                    seen.Add(name);
                }

                values.Add(found switch
                {
                    null or { ValueKind: JsonValueKind.Null } => null,
                    { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
                    { ValueKind: JsonValueKind.String } word when words => word.GetString() is { Length: > 0 } named ? named : null,
                    { ValueKind: JsonValueKind.True or JsonValueKind.False } truth when words => truth.GetRawText(),
                    var other => throw Fault(path, $"'{name}' in line {line} is {other.Value.ValueKind}, not a number", NumbersAlone),
                });
            }

            foreach (var (name, values) in texts)
            {
                values.Add(
                    Find(row.RootElement, name) is { ValueKind: JsonValueKind.String or JsonValueKind.Number } found
                    && found.ToString() is { Length: > 0 } value
                        ? value
                        : throw Fault(path, $"line {line} has no '{name}' that is a text or a number", "Give every row one"));
            }
        }

        RefuseUnknown(path, [.. labels.Keys.Where(name => rows > 0 && !seen.Contains(name))], fields);
        return rows;
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> text, string path, int line)
    {
        try
        {
            var row = ForeignJson.Parse(text);
            return row.RootElement.ValueKind == JsonValueKind.Object ? row : throw Fault(path, $"line {line} is no JSON object", "Write an object a line");
        }
        catch (JsonTextException error)
        {
            throw Fault(path, $"line {line} has a text that is no Unicode text: {error.Message}", "Save it as UTF-8");
        }
        catch (JsonException error)
        {
            throw Fault(path, $"line {line} is no JSON: {error.Message.TrimEnd('.')}", "Write an object a line");
        }
    }

    // A field whose own name has dots comes before a nested one.
    private static JsonElement? Find(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (element.TryGetProperty(name, out var found))
        {
            return found;
        }

        for (var dot = name.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = name.IndexOf('.', dot + 1))
        {
            if (element.TryGetProperty(name[..dot], out var inner) && Find(inner, name[(dot + 1)..]) is { } nested)
            {
                return nested;
            }
        }

        return null;
    }

    private static double? NumberOf(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static void RefuseUnknown(string path, IReadOnlyList<string> unknown, IEnumerable<string> there)
    {
        if (unknown.Count > 0)
        {
            throw Fault(
                path,
                $"it has no '{string.Join("', no '", unknown)}' (it has {string.Join(", ", there.Take(40))})",
                "Name labels that are there; nested fields with dots, as in prompt.toxicity");
        }
    }

    private static InputException Fault(string path, string found, string remedy) => new("labels-broken", $"reading labels from '{path}'", found, remedy);
}
