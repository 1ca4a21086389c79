using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using CsvHelper;
using CsvHelper.Configuration;

namespace AlignedProbing.Scoring.Recorded;

/// <summary>Reads a file of scores; the first fault ends it, because a study must not rest on half a file.</summary>
internal sealed class RecordedScoresReader(string path)
{
    private static readonly HashSet<string> NoAttributes = ["text", "text_sha256", "prompt_id", "number", "line", "scorer", "version", "missing", "tokens"];

    private readonly List<string> _attributes = [];
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly List<(
        int Line,
        string? Hash,
        string? PromptId,
        int? Number,
        Dictionary<int, double> Scores,
        Dictionary<int, string> Missing,
        int? Tokens
    )> _rows = [];

    /// <summary>Reads the file.</summary>
    public RecordedScorer Read(string name)
    {
        if (!File.Exists(path))
        {
            throw new InputException("scores-file", $"importing scores from '{path}'", "there is no such file", "Correct the path");
        }

        using (var file = File.OpenRead(path))
        using (var foreign = Files.Foreign.ForeignFile.Open(file, $"importing scores from '{path}'", Path.GetFileName(path)))
        {
            if (foreign.Form == Files.Foreign.ForeignForm.Table || IsTable(foreign))
            {
                ReadCsv(foreign);
            }
            else
            {
                ReadJsonLines(foreign.Content);
            }
        }

        if (_attributes.Count == 0)
        {
            throw Fault(1, "the file holds no score", "Give it at least one attribute with a score");
        }

        var (byText, byPlace) = (new Dictionary<string, RecordedAnswer>(StringComparer.Ordinal), new Dictionary<(string, int?), RecordedAnswer>());
        foreach (var row in _rows)
        {
            var answer = AnswerOf(row.Scores, row.Missing) with { Tokens = row.Tokens };
            if ((row.Hash is not null && byText.TryGetValue(row.Hash, out var there) && !there.Agrees(answer))
                || (row.PromptId is not null && byPlace.TryGetValue((row.PromptId, row.Number), out var placed) && !placed.Agrees(answer)))
            {
                throw Fault(row.Line, "an earlier line has other scores for the same text", "Keep one of them, or their mean");
            }

            if (row.Hash is not null)
            {
                byText[row.Hash] = answer;
            }

            if (row.PromptId is not null)
            {
                byPlace[(row.PromptId, row.Number)] = answer;
            }
        }

        using var stream = File.OpenRead(path);
        return new RecordedScorer(
            name,
            Convert.ToHexStringLower(SHA256.HashData(stream)),
            [.. _attributes],
            byText,
            byPlace,
            [.. _rows.Select(row => (row.Hash, row.PromptId, row.Number))]);
    }

    private RecordedAnswer AnswerOf(Dictionary<int, double> given, Dictionary<int, string> missing)
    {
        var scores = new double?[_attributes.Count];
        foreach (var (place, score) in given)
        {
            scores[place] = score;
        }

        if (missing.Count == 0)
        {
            return new RecordedAnswer(scores, null);
        }

        var reasons = new string?[_attributes.Count];
        foreach (var (place, reason) in missing)
        {
            reasons[place] = reason;
        }

        return new RecordedAnswer(scores, reasons);
    }

    // What is told apart from prose elsewhere by its columns' names: here there is none, and scores in columns have names of their own.
    private static bool IsTable(Files.Foreign.ForeignFile file) =>
        file.Form == Files.Foreign.ForeignForm.Text && file.Header.Any(cell => cell is "text" or "text_sha256" or "prompt_id");

    private void ReadJsonLines(Stream stream)
    {
        var lines = new TextLines(stream, new TextFileOptions { Format = TextFileFormat.Lines, MaxLineBytes = Files.LineReader.MaxLineBytes });
        // A file stream completes at once; this room's readers share one asynchronous line reader.
        while (lines.ReadAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult() is { } line)
        {
            if (line.Problem is not null)
            {
                throw Fault(line.Number, $"it cannot be read ({line.Problem})", "Remove or correct the line");
            }

            if (!string.IsNullOrWhiteSpace(line.Text))
            {
                ReadJson(line.Number, line.Text);
            }
        }
    }

    private void ReadJson(int line, string json)
    {
        try
        {
            using var document = ForeignJson.Parse(json);
            var root = document.RootElement;
            var scores = new Dictionary<int, double>();
            foreach (var property in root.GetProperty("scores").EnumerateObject().Where(property => property.Value.ValueKind != JsonValueKind.Null))
            {
                scores[PlaceOf(property.Name)] = Checked(line, property.Name, property.Value.GetDouble());
            }

            var missing = new Dictionary<int, string>();
            if (root.TryGetProperty("missing", out var reasons) && reasons.ValueKind == JsonValueKind.Object)
            {
                foreach (var property in reasons.EnumerateObject().Where(property => property.Value.ValueKind == JsonValueKind.String))
                {
                    missing[PlaceOf(property.Name)] = Reason(property.Value.GetString()!);
                }
            }

            int? number = root.TryGetProperty("number", out var value) && value.ValueKind != JsonValueKind.Null ? value.GetInt32() : null;
            int? tokens = root.TryGetProperty("tokens", out var count) && count.ValueKind != JsonValueKind.Null ? count.GetInt32() : null;
            Add(line, Text(root, "text_sha256"), Text(root, "text"), Text(root, "prompt_id"), number, scores, missing, tokens);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw Fault(
                line,
                "it is not a JSON object with 'scores', an object of numbers",
                "Write for example {\"text\": \"...\", \"scores\": {\"toxicity\": 0.5}}",
                error);
        }

        static string? Text(JsonElement root, string name) =>
            root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.GetString() : null;
    }

    private void ReadCsv(Files.Foreign.ForeignFile file)
    {
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = file.Delimiter.ToString(),
            MaxFieldSize = Files.LineReader.MaxLineBytes,
            DetectColumnCountChanges = true,
        };
        using var reader = new StreamReader(file.Content, Files.AtomicWrite.Utf8);
        using var csv = new CsvReader(reader, configuration);
        try
        {
            if (!csv.Read() || !csv.ReadHeader())
            {
                return;
            }

            while (csv.Read())
            {
                var line = csv.Parser.RawRow;
                var scores = new Dictionary<int, double>();
                foreach (var name in csv.HeaderRecord!.Where(name => !NoAttributes.Contains(name)))
                {
                    if (Cell(csv, name) is { } cell)
                    {
                        scores[PlaceOf(Files.SpreadsheetText.Unguard(name))] = double.TryParse(
                            cell,
                            NumberStyles.Float,
                            CultureInfo.InvariantCulture,
                            out var score)
                            ? Checked(line, name, score)
                            : throw Fault(
                                line,
                                $"the {name} is '{cell[..Math.Min(40, cell.Length)]}', which is no number",
                                "Correct it, or leave the cell empty");
                    }
                }

                var number = Whole(
                    csv,
                    "number",
                    line,
                    "the number of the continuation is no whole number",
                    "Correct it, or leave the cell empty for a prompt");
                var tokens = Whole(csv, "tokens", line, "the number of tokens is no whole number", "Correct it, or leave the cell empty");
                var missing = new Dictionary<int, string>();
                foreach (
                    var pair in Files.SpreadsheetText.Unguard(Cell(csv, "missing") ?? "")
                        .Split(';', StringSplitOptions.RemoveEmptyEntries)
                        .Select(pair => pair.Split(':', 2))
                        .Where(pair => pair.Length == 2))
                {
                    missing[PlaceOf(pair[0])] = Reason(pair[1]);
                }

                Add(
                    line,
                    Cell(csv, "text_sha256"),
                    csv.TryGetField<string>("text", out var text) ? text : null,
                    Cell(csv, "prompt_id") is { } id ? Files.SpreadsheetText.Unguard(id) : null,
                    number,
                    scores,
                    missing,
                    tokens);
            }
        }
        catch (Exception error) when (error is CsvHelperException or System.Text.DecoderFallbackException)
        {
            throw Fault(
                Math.Max(1, csv.Parser.RawRow),
                "it is not a line of this CSV file",
                "Save it as UTF-8 with as many cells in each line as in the header",
                error);
        }

        int? Whole(CsvReader csv, string name, int line, string fault, string remedy) => Cell(csv, name) is not { } digits ? null
            : int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed
            : throw Fault(line, fault, remedy);

        static string? Cell(CsvReader csv, string name) => csv.TryGetField<string>(name, out var cell) && !string.IsNullOrWhiteSpace(cell) ? cell : null;
    }

    private void Add(
        int line,
        string? hash,
        string? text,
        string? promptId,
        int? number,
        Dictionary<int, double> scores,
        Dictionary<int, string> missing,
        int? tokens)
    {
        hash ??= text is null ? null : TextHash.Of(text);
        if (hash is null && promptId is null)
        {
            throw Fault(
                line,
                "nothing says which text it is about",
                "Give each line a text_sha256, a text, or a prompt_id (and the number of the continuation)");
        }

        _rows.Add((line, hash?.ToLowerInvariant(), promptId, number, scores, missing, tokens is > 0 ? tokens : null));
    }

    // Reasons become names in tables: one word, as long as a name may be.
    private static string Reason(string text) =>
        text.Length is > 0 and <= 60 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') ? text : RecordedScorer.NotRecorded;

    private int PlaceOf(string attribute)
    {
        if (!_places.TryGetValue(attribute, out var place))
        {
            _places[attribute] = place = _attributes.Count;
            _attributes.Add(attribute);
        }

        return place;
    }

    private double Checked(int line, string attribute, double score) =>
        score is >= 0 and <= 1
            ? score
            : throw Fault(
                line,
                string.Create(CultureInfo.InvariantCulture, $"the {attribute} is {score}"),
                "Scores lie from 0 to 1: rescale them, and leave out (or write null for) what is missing");

    private InputException Fault(int line, string found, string remedy, Exception? error = null) =>
        new("scores-file", $"importing scores from line {line} of '{path}'", found, remedy, error);
}
