using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using AlignedProbing.Runs;

namespace AlignedProbing.Scoring;

/// <summary>
/// Scores any file of texts: one JSON line out for each line in, in order, whatever the line holds. A line out has <c>line</c> (from 1), the given fields other
/// than <c>text</c> (so ids stay beside their scores), <c>scores</c>, <c>missing</c> where anything is, <c>scorer</c> and <c>version</c>. A given field that
/// has one of these names is kept as <c>given_&lt;name&gt;</c>. Memory does not grow with the file.
/// </summary>
public static class TextFileScorer
{
    private const int BatchCharacters = 1 << 22;
    private static readonly string[] OwnFields = ["line", "text", "scores", "missing", "tokens_cut", "tokens", "scorer", "version"];
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Scores a stream of lines.</summary>
    /// <param name="scorer">The scorer.</param>
    /// <param name="input">Text or a table, as <see cref="Files.Foreign.ForeignFile"/> reads them; lines end with LF or CR LF. Stays open.</param>
    /// <param name="output">Gets the lines. Stays open.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Told the number of texts done; the total is not known and given as 0.</param>
    /// <param name="cancellationToken">Stops between batches; the lines written so far are whole.</param>
    /// <exception cref="InputException">The options or the scorer cannot be used.</exception>
    public static async Task<TextFileResult> RunAsync(
        IScorer scorer, Stream input, Stream output, TextFileOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var identity = ScorerIdentity.Of(scorer);
        using var opened = await OpenAsync(input, options, cancellationToken).ConfigureAwait(false);
        var reader = new TextLines(opened.Content, options with { Format = opened.Format });
        var batch = new List<TextLine>(options.BatchSize);
        var buffer = new ArrayBufferWriter<byte>(1 << 16);
        var (missing, broken) = (new SortedDictionary<string, long>(StringComparer.Ordinal), new SortedDictionary<string, long>(StringComparer.Ordinal));
        var (lines, scored, characters) = (0L, 0L, 0L);
        TextLine? line;
        do
        {
            line = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (line is { } some)
            {
                batch.Add(some);
                characters += some.Text?.Length ?? 0;
                characters += some.Fields.Sum(field => (long)field.Value.Length);
            }

            if (batch.Count == options.BatchSize || characters >= BatchCharacters || (line is null && batch.Count > 0))
            {
                await FlushAsync().ConfigureAwait(false);
            }
        }
        while (line is not null);

        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
        return new TextFileResult(lines, scored, missing, broken);

        async Task FlushAsync()
        {
            var answers = await CheckedScorer
                .ScoreAsync(scorer, [.. batch.Select(item => new TextInContext(item.Text ?? ""))], options.BatchSize, null, cancellationToken)
                .ConfigureAwait(false);
            for (var i = 0; i < batch.Count; i++)
            {
                if (batch[i].Problem is { } problem)
                {
                    answers[i] = TextScore.AllMissing(identity.Attributes, problem);
                    broken[problem] = broken.GetValueOrDefault(problem) + 1;
                }

                foreach (var reason in answers[i].Missing.Values)
                {
                    missing[reason] = missing.GetValueOrDefault(reason) + 1;
                }

                scored += answers[i].Scores.Count > 0 ? 1 : 0;
                Write(buffer, batch[i], answers[i], identity, options.KeepText);
            }

            await output.WriteAsync(buffer.WrittenMemory, cancellationToken).ConfigureAwait(false);
            buffer.ResetWrittenCount();
            lines += batch.Count;
            batch.Clear();
            characters = 0;
            progress?.Report(new StageProgress("score", lines, 0, "texts"));
        }
    }

    // A pipe that says nothing is not waited for once somebody asked to stop.
    private static async Task<TextTable> OpenAsync(Stream input, TextFileOptions options, CancellationToken cancellationToken) =>
        await Task.Run(() => TextTable.Open(input, options), cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);

    private static void Write(ArrayBufferWriter<byte> buffer, TextLine line, TextScore score, ScorerIdentity identity, bool keepText)
    {
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteNumber("line", line.Number);
            var names = line.Fields.Select(field => field.Key).ToHashSet(StringComparer.Ordinal);
            foreach (var (name, value) in line.Fields)
            {
                var own = OwnFields.Contains(name);
                if (own && names.Contains("given_" + name))
                {
                    continue;
                }

                writer.WritePropertyName(own ? "given_" + name : name);
                writer.WriteRawValue(value, skipInputValidation: true);
            }

            if (keepText && line.Text is not null)
            {
                writer.WriteString("text", line.Text);
            }

            writer.WriteStartObject("scores");
            foreach (var attribute in identity.Attributes.Where(score.Scores.ContainsKey))
            {
                writer.WriteNumber(attribute, score.Scores[attribute]);
            }

            writer.WriteEndObject();
            if (score.Missing.Count > 0)
            {
                writer.WriteStartObject("missing");
                foreach (var attribute in identity.Attributes.Where(score.Missing.ContainsKey))
                {
                    writer.WriteString(attribute, score.Missing[attribute]);
                }

                writer.WriteEndObject();
            }

            if (score.TokensCut > 0)
            {
                writer.WriteNumber("tokens_cut", score.TokensCut);
            }

            if (score.Tokens is { } tokens)
            {
                writer.WriteNumber("tokens", tokens);
            }

            writer.WriteString("scorer", identity.Name);
            writer.WriteString("version", identity.Version);
            writer.WriteEndObject();
        }

        buffer.Write("\n"u8);
    }
}
