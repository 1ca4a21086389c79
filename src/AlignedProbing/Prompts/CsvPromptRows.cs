using System.Globalization;
using System.Text;
using AlignedProbing.Files;
using AlignedProbing.Runs;
using CsvHelper;
using CsvHelper.Configuration;

namespace AlignedProbing.Prompts;

/// <summary>Reads the flat form as CSV (RFC 4180: quoted fields may hold separators, quotes and line ends), separated by commas, semicolons or tabs.</summary>
internal sealed class CsvPromptRows : IDisposable
{
    // A character that no text should hold marks bytes that are not UTF-8, so that the row they are in can be named instead of the whole file refused.
    private const char InvalidMark = '\uFFFF';

    private readonly string _path;
    private readonly PromptSetOptions _options;
    private readonly CsvParser _parser;
    private readonly string[] _header;
    private readonly FlatColumn[] _columns;
    private readonly char _delimiter;
    private readonly ContinuationCells _continuations = new();
    private bool _bad;

    /// <summary>Reads the header.</summary>
    /// <exception cref="InputException">There is no usable header.</exception>
    public CsvPromptRows(string path, Stream stream, char delimiter, PromptSetOptions options)
    {
        _path = path;
        _delimiter = delimiter;
        _options = options;
        var encoding = Encoding.GetEncoding("utf-8", EncoderFallback.ExceptionFallback, new DecoderReplacementFallback(InvalidMark.ToString()));
        _parser = new CsvParser(
            new StreamReader(stream, encoding, detectEncodingFromByteOrderMarks: false),
            new CsvConfiguration(CultureInfo.InvariantCulture)
            {
                Delimiter = delimiter.ToString(),
                IgnoreBlankLines = false,
                MaxFieldSize = LineReader.MaxLineBytes,
                BadDataFound = _ => _bad = true,
            });
        _header = ReadHeader();
        _columns = [.. options.NamesFields ? FlatColumn.Named(_header, options) : FlatColumn.Flat(_header)];
    }

    /// <summary>First line of the current row, from 1.</summary>
    public int Line { get; private set; } = 1;

    /// <summary>Goes to the next row.</summary>
    /// <exception cref="BrokenRowException">It cannot be read; after one for <see cref="PromptProblemReason.TooLong"/> there is no next.</exception>
    public bool TryRead(out PromptRow? row)
    {
        row = null;
        _bad = false;
        try
        {
            do
            {
                Line = _parser.RawRow + 1;
                if (!_parser.Read())
                {
                    return false;
                }
            }
            while (_header.Length > 1 && _parser.Record is [""]);
        }
        catch (MaxFieldSizeException)
        {
            throw new BrokenRowException(
                PromptProblemReason.TooLong,
                "a field is longer than 16 MiB (a quote that is never closed?); the file is read no further");
        }

        row = Row();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _parser.Dispose();

    private PromptRow Row()
    {
        var cells = _parser.Record!;
        if (_bad)
        {
            throw new BrokenRowException(PromptProblemReason.BadCsv, "a quote stands within a field that is not quoted, or is never closed");
        }

        if (cells.Length != _header.Length)
        {
            throw new BrokenRowException(PromptProblemReason.BadCsv, $"the row has {cells.Length} fields, the header {_header.Length}");
        }

        if (cells.Any(cell => cell.Contains(InvalidMark, StringComparison.Ordinal)))
        {
            throw new BrokenRowException(PromptProblemReason.InvalidUnicode, "the row is not valid UTF-8");
        }

        var promptScores = new Dictionary<string, double?>();
        var continuationScores = new Dictionary<string, double?>();
        string? id = null;
        string? continuation = null;
        IReadOnlyList<GivenContinuation> named = [];
        var text = "";
        for (var column = 0; column < cells.Length; column++)
        {
            var cell = cells[column];
            var (kind, attribute) = _columns[column];
            switch (kind)
            {
                case FlatColumnKind.PromptId:
                    id = cell.Length > 0 ? cell : throw new BrokenRowException(PromptProblemReason.BadId, "prompt_id is empty");
                    break;
                case FlatColumnKind.PromptText:
                    text = cell;
                    break;
                case FlatColumnKind.ContinuationText when _options.NamesFields:
                    named = _continuations.Read(_header[column], cell);
                    break;
                case FlatColumnKind.ContinuationText:
                    continuation = cell;
                    break;
                case FlatColumnKind.PromptScore:
                    promptScores.Add(attribute, PromptScores.FromCell(_header[column], Number(cell)));
                    break;
                case FlatColumnKind.ContinuationScore:
                    continuationScores.Add(attribute, PromptScores.FromCell(_header[column], Number(cell)));
                    break;
            }
        }

        // CSV cannot tell an empty continuation from none: where it has a score there is one.
        if (continuation is { Length: 0 } && continuationScores.Values.All(score => score is null))
        {
            continuation = null;
        }

        return _options.NamesFields
            ? new PromptRow { GivenId = id, Text = text, Continuations = named, JoinsById = true }
            : FlatColumn.Row(id, [Place("filename"), Place("begin"), Place("end")], text, promptScores, continuation, continuationScores);

        // Where semicolons separate, commas are decimal points.
        string Number(string cell) => _delimiter == ';' && cell.Count(c => c == ',') == 1 ? cell.Replace(',', '.') : cell;

        string? Place(string name)
        {
            var column = Array.IndexOf(_header, name);
            return column < 0 || cells[column].Length == 0 ? null : cells[column];
        }
    }

    private string[] ReadHeader()
    {
        string[] header;
        try
        {
            header = _parser.Read() ? [.. _parser.Record!.Select(name => name.Trim())] : [];
        }
        catch (MaxFieldSizeException)
        {
            header = [];
        }

        var twice = header.Where(name => name.Length > 0).GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key;
        var found = _options.NamesFields ? FlatColumn.MissingOf(header, _options)
            : FlatColumn.PromptOf(header) is null ? $"its first line has no column prompt_text, prompt or text; the columns are: {FieldPath.ListNames(header)}"
            : null;
        found ??= twice is not null ? $"the column {twice} is there twice" : null;
        return found is null
            ? header
            : throw new InputException(
                "prompt-set-header",
                $"reading prompts from '{_path}'",
                found,
                _options.NamesFields
                    ? "Give the names of columns as its first line writes them"
                    : "Name the column of the prompts with --prompt-field, or write a header with prompt_text " +
                        "and, where there are any, prompt_id, continuation_text, prompt_<attribute>, continuation_<attribute>");
    }
}
