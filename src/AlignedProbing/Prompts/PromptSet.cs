using System.Security.Cryptography;
using AlignedProbing.Files;

namespace AlignedProbing.Prompts;

/// <summary>
/// Reads prompt sets: RealToxicityPrompts as JSONL (Gehman et al. 2020), the flat form as JSONL, CSV or TSV, and plain text, a prompt a line; see
/// docs/prompt-sets.md.
/// A row that cannot be used is reported and counted, the others are used.
/// </summary>
public static class PromptSet
{
    /// <summary>
    /// Reads a file row by row. Its form is told by its name (.jsonl, .ndjson, .json, .csv, .tsv, .txt), for other names by its first character.
    /// </summary>
    /// <exception cref="InputException">An option is out of range, or there is no such file, or it is not UTF-8, or it has no usable row.</exception>
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
            var start = SkipByteOrderMark(path, stream);
            switch (Form(path, stream, start))
            {
                case PromptSetForm.Json:
                    ReadLines(stream, builder, line => JsonPromptRows.Read(line, options), skipBlank: true);
                    break;
                case PromptSetForm.Text when options.NamesFields:
                    throw new InputException(
                        "wrong-usage",
                        $"reading prompts from '{path}'",
                        "it is plain text, which has no fields to name",
                        "Leave out --prompt-field and --continuation-field, or name the file .jsonl, .csv or .tsv as it is");
                case PromptSetForm.Text:
                    ReadLines(stream, builder, PlainText, skipBlank: false);
                    break;
                case var form:
                    using (var rows = new CsvPromptRows(path, stream, form == PromptSetForm.Tsv ? '\t' : ',', options))
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
            "Compare it with the forms in docs/prompt-sets.md");
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InputException(
                "prompt-set-not-found",
                $"reading prompts from '{path}'",
                Directory.Exists(path) ? "it is a folder"
                    : error is FileNotFoundException or DirectoryNotFoundException ? "there is no such file"
                    : error.Message,
                "Give the path of a .jsonl, .csv or .txt file",
                error);
        }
    }

    private static long SkipByteOrderMark(string path, FileStream stream)
    {
        stream.Position = 0;
        Span<byte> head = stackalloc byte[3];
        var read = stream.ReadAtLeast(head, 3, throwOnEndOfStream: false);
        if (read >= 2 && head is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            throw new InputException("prompt-set-encoding", $"reading prompts from '{path}'", "it is UTF-16", "Save it as UTF-8");
        }

        return stream.Position = read == 3 && head is [0xEF, 0xBB, 0xBF] ? 3 : 0;
    }

    private static PromptSetForm Form(string path, FileStream stream, long start)
    {
        switch (Path.GetExtension(path).ToUpperInvariant())
        {
            case ".JSONL" or ".NDJSON" or ".JSON":
                return PromptSetForm.Json;
            case ".CSV":
                return PromptSetForm.Csv;
            case ".TSV":
                return PromptSetForm.Tsv;
            case ".TXT":
                return PromptSetForm.Text;
            default:
                int first;
                do
                {
                    first = stream.ReadByte();
                }
                while (first is ' ' or '\t' or '\r' or '\n');
                stream.Position = start;
                return first == '{' ? PromptSetForm.Json : PromptSetForm.Text;
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

    private enum PromptSetForm
    {
        Json,
        Csv,
        Tsv,
        Text,
    }
}
