using System.Globalization;
using System.Text.Json;
using AlignedProbing.Files;
using AlignedProbing.Runs;
using CsvHelper;

namespace AlignedProbing.Scoring.Recorded;

/// <summary>
/// Writes the scores of a run so that they can be kept, shared and imported again (<see cref="RecordedScorer"/>). Texts are named by their hash, and written
/// only where asked, because they may be offensive.
/// </summary>
public static class ScoreExport
{
    /// <summary>Writes one scorer's scores as JSONL: <c>prompt_id, number, text_sha256, text, scores, missing, tokens, scorer, version</c> a line.</summary>
    /// <param name="run">The run.</param>
    /// <param name="scorer">The scorer's name.</param>
    /// <param name="destination">Where to; stays open.</param>
    /// <param name="keepText">Whether texts are written; false by default.</param>
    /// <exception cref="InputException">The run has no scores of that scorer.</exception>
    public static void WriteJsonLines(RunFolder run, string scorer, Stream destination, bool keepText = false)
    {
        foreach (var (row, text) in Rows(run, scorer))
        {
            JsonSerializer.Serialize(
                destination,
                new
                {
                    prompt_id = row.PromptId,
                    number = row.Number,
                    text_sha256 = TextHash.Of(text),
                    text = keepText ? text : null,
                    scores = row.Scores,
                    missing = row.Missing,
                    tokens = row.Tokens,
                    scorer = row.Scorer,
                    version = row.Version,
                },
                RecordJson.Line);
            destination.WriteByte((byte)'\n');
        }
    }

    /// <summary>
    /// Writes one scorer's scores as CSV: <c>prompt_id, number, text_sha256, text, scorer, version, missing</c> and a column an attribute, empty where a score
    /// is missing; <c>missing</c> says why (<c>attribute:reason;attribute:reason</c>). A column <c>tokens</c> where the scorer counts them.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="scorer">The scorer's name.</param>
    /// <param name="destination">Where to; stays open.</param>
    /// <param name="keepText">Whether there is a column <c>text</c>; false by default.</param>
    /// <exception cref="InputException">The run has no scores of that scorer.</exception>
    public static void WriteCsv(RunFolder run, string scorer, Stream destination, bool keepText = false)
    {
        var rows = Rows(run, scorer).ToArray();
        string[] tokens = rows.Any(row => row.Row.Tokens is not null) ? ["tokens"] : [];
        var attributes = rows.SelectMany(row => row.Row.Scores.Keys.Concat(row.Row.Missing.Keys)).Distinct(StringComparer.Ordinal).ToArray();
        using var writer = new StreamWriter(destination, AtomicWrite.Utf8, leaveOpen: true) { NewLine = "\n" };
        using var csv = new CsvWriter(writer, new CsvHelper.Configuration.CsvConfiguration(CultureInfo.InvariantCulture) { NewLine = "\n" });
        foreach (
            var name in (IEnumerable<string>)
                ["prompt_id", "number", "text_sha256", .. keepText ? ["text"] : Array.Empty<string>(), "scorer", "version", "missing", .. tokens, .. attributes]
        )
        {
            csv.WriteField(SpreadsheetText.Guard(name));
        }

        csv.NextRecord();
        foreach (var (row, text) in rows)
        {
            csv.WriteField(SpreadsheetText.Guard(row.PromptId));
            csv.WriteField(row.Number);
            csv.WriteField(TextHash.Of(text));
            if (keepText)
            {
                csv.WriteField(SpreadsheetText.Guard(text));
            }

            csv.WriteField(SpreadsheetText.Guard(row.Scorer));
            csv.WriteField(SpreadsheetText.Guard(row.Version));
            csv.WriteField(SpreadsheetText.Guard(string.Join(';', row.Missing.Select(pair => $"{pair.Key}:{pair.Value}"))));
            if (tokens.Length > 0)
            {
                csv.WriteField(row.Tokens);
            }

            foreach (var attribute in attributes)
            {
                csv.WriteField(row.Scores.TryGetValue(attribute, out var score) ? score.ToString("R", CultureInfo.InvariantCulture) : "");
            }

            csv.NextRecord();
        }
    }

    private static IEnumerable<(ScoredText Row, string Text)> Rows(RunFolder run, string scorer)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (!run.Scorers().Contains(scorer))
        {
            throw new InputException(
                "unknown-scorer",
                $"exporting the scores of '{scorer}' from '{run.FullPath}'",
                "the run has none of that scorer",
                $"It has those of: {string.Join(", ", run.Scorers())}");
        }

        return WithTexts(run, scorer);
    }

    private static IEnumerable<(ScoredText Row, string Text)> WithTexts(RunFolder run, string scorer)
    {
        var (manifest, prompts) = (run.ReadManifest(), run.ReadPrompts().ToDictionary(prompt => prompt.Id, StringComparer.Ordinal));
        for (var chunk = 0; chunk < RunFolder.ChunkCount(prompts.Count, manifest.Encoding.Chunk); chunk++)
        {
            if (!run.HasScores(scorer, chunk))
            {
                continue;
            }

            // Given scores need no encodings: their continuations are those of the prompt set.
            var continuations = run.HasEncoding(chunk)
                ? run.ReadContinuations(chunk).ToDictionary(item => (item.PromptId, item.Number), item => item.Text)
                : [];
            foreach (var row in run.ReadScores(scorer, chunk))
            {
                var prompt = prompts[row.PromptId];
                var text =
                    row.Number is not { } number ? prompt.Text
                    : continuations.TryGetValue((row.PromptId, number), out var sampled) ? sampled
                    : prompt.Continuations[number].Text;
                yield return (row, text);
            }
        }
    }
}
