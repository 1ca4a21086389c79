using System.Security.Cryptography;
using AlignedProbing.Files;
using AlignedProbing.Files.Foreign;

namespace AlignedProbing.Prompts;

/// <summary>
/// Reads prompt sets: RealToxicityPrompts as JSONL (Gehman et al. 2020), the flat form as JSONL, CSV or TSV, and plain text, a prompt a line; see
/// docs/guide/prompt-sets.md. A row that cannot be used is reported and counted, the others are used.
/// </summary>
public static class PromptSet
{
    private const long LargestPipe = 1 << 30;

    /// <summary>
    /// Reads a file row by row. Its form is told by its content and, where that leaves it open, by its name (<see cref="ForeignFile"/>).
    /// </summary>
    /// <exception cref="InputException">An option is out of range, or there is no such file, or it is no text, or it has no usable row.</exception>
    public static PromptSetResult Read(string path, PromptSetOptions? options = null)
    {
        options ??= new PromptSetOptions();
        options.Validate();
        var name = Path.GetFileName(path);
        var builder = new PromptSetBuilder(options);
        string sha256;
        using (var stream = Open(path))
        {
            sha256 = Convert.ToHexStringLower(SHA256.HashData(stream));
            stream.Position = 0;
            using var foreign = ForeignFile.Open(stream, $"reading prompts from '{path}'", name);
            switch (foreign.Form)
            {
                case ForeignForm.JsonLines:
                    ReadLines(foreign.Content, builder, line => JsonPromptRows.Read(line, options), skipBlank: true);
                    break;
                case ForeignForm.Text when options.NamesFields:
                    throw new InputException(
                        "wrong-usage",
                        $"reading prompts from '{path}'",
                        "it is plain text, which has no fields to name",
                        "Leave out --prompt-field and --continuation-field, or name the file .jsonl, .csv or .tsv as it is");
                case ForeignForm.Text:
                    ReadLines(foreign.Content, builder, PlainText, skipBlank: false);
                    break;
                default:
                    using (var rows = new CsvPromptRows(path, foreign.Content, foreign.Delimiter, options))
                    {
                        ReadCsv(rows, builder);
                    }

                    break;
            }
        }

        var result = builder.Build(name, sha256);
        return result.Prompts.Count > 0 ? result : throw new InputException(
            "prompt-set-empty",
            $"reading prompts from '{path}'",
            builder.FirstProblem is { } problem
                ? $"none of its {result.Manifest.Read} rows can be used; the first (line {problem.Line}): {problem.Message}"
                : "it has no rows",
            "Compare it with the forms in docs/guide/prompt-sets.md");
    }

    private static Stream Open(string path)
    {
        try
        {
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            return stream.CanSeek ? stream : Kept(stream, path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InputException(
                "prompt-set-not-found",
                $"reading prompts from '{path}'",
                Directory.Exists(path) ? "it is a folder"
                    : error is FileNotFoundException or DirectoryNotFoundException ? "there is no such file"
                    : error.Message,
                "Give the path of a .jsonl, .csv or .txt file, or the name of a data set on the Hub: org/name",
                error);
        }
    }

    // A pipe is read once for its hash and once for its rows.
    private static MemoryStream Kept(FileStream pipe, string path)
    {
        using (pipe)
        {
            var kept = new MemoryStream();
            var buffer = new byte[1 << 16];
            while (pipe.Read(buffer) is var read && read > 0)
            {
                kept.Write(buffer, 0, read);
                if (kept.Length > LargestPipe)
                {
                    throw new InputException(
                        "file-not-text",
                        $"reading prompts from '{path}'",
                        "it is a pipe that gives more than 1 GiB",
                        "Write it to a file first");
                }
            }

            kept.Position = 0;
            return kept;
        }
    }

    private static void ReadLines(Stream stream, PromptSetBuilder builder, Func<ReadOnlyMemory<byte>, PromptRow> parse, bool skipBlank)
    {
        var lines = new LineReader(stream);
        while ((!builder.Full || builder.Joins) && lines.TryRead(out var line))
        {
            if (skipBlank && !lines.TooLong && line.Span.IndexOfAnyExcept(" \t\r"u8) < 0)
            {
                continue;
            }

            try
            {
                builder.Add(lines.TooLong
                    ? throw new BrokenRowException(PromptProblemReason.TooLong, "the line is longer than 16 MiB")
                    : parse(Unicode(line)));
            }
            catch (BrokenRowException broken)
            {
                builder.LeaveOut(lines.Number, broken);
            }
        }
    }

    private static void ReadCsv(CsvPromptRows rows, PromptSetBuilder builder)
    {
        var more = true;
        while (more && (!builder.Full || builder.Joins))
        {
            try
            {
                more = rows.TryRead(out var row);
                if (row is not null)
                {
                    builder.Add(row);
                }
            }
            catch (BrokenRowException broken)
            {
                builder.LeaveOut(rows.Line, broken);
                more = broken.Reason != PromptProblemReason.TooLong;
            }
        }
    }

    private static PromptRow PlainText(ReadOnlyMemory<byte> line) => new() { Text = AtomicWrite.Utf8.GetString(line.Span) };

    private static ReadOnlyMemory<byte> Unicode(ReadOnlyMemory<byte> line) => System.Text.Unicode.Utf8.IsValid(line.Span)
        ? line
        : throw new BrokenRowException(PromptProblemReason.InvalidUnicode, "the line is not valid UTF-8");
}
