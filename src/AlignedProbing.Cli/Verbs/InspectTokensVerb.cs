using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AlignedProbing.Cli.Display;
using AlignedProbing.Cli.Options;
using AlignedProbing.Cli.Pipeline;
using AlignedProbing.Files;
using AlignedProbing.Tokenizers;
using AlignedProbing.Tokenizers.Inspection;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>inspect tokens</c>: the ids that texts become.</summary>
internal static class InspectTokensVerb
{
    private const long LargestFile = 1 << 30;

    private static readonly Option<string> TokenizerName = new("--tokenizer")
    {
        HelpName = "FILE|FOLDER|NAME",
        Description = "A tokenizer.json, the folder of a model, or a name on the Hub.",
        Required = true,
    };

    private static readonly Option<string?> Text = new("--text") { HelpName = "TEXT", Description = "The text to split." };

    private static readonly Option<string?> Strings = new("--strings") { HelpName = "FILE", Description = "Split every text of a JSON file: a list of texts." };

    private static readonly Option<string?> Output = new("--output") { HelpName = "FILE", Description = "Write the JSON here instead of to standard output." };

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host)
    {
        var command = new Command(
            "tokens",
            "The ids that texts become, which characters each token covers, and what the ids decode to: JSON, or a table for one text on a terminal.")
        {
            TokenizerName, CommonOptions.Revision, Text, Strings, Output, CommonOptions.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var display = Displays.For(host);
            var name = parsed.GetRequiredValue(TokenizerName);
            var texts = TextsOf(parsed.GetValue(Text), parsed.GetValue(Strings), host);
            var path = await ModelSource.OpenTokenizerAsync("--tokenizer", name, parsed.GetValue(CommonOptions.Revision), host, display, cancellationToken).ConfigureAwait(false);
            var tokenizer = TokenizerSource.Open(path);
            try
            {
                Show(tokenizer, texts, parsed, host);
            }
            catch (TokenizerException error)
            {
                throw new InputException("text-not-tokenizable", error.Asked, error.Found, error.Remedy, error);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(Tokenizer tokenizer, string[] texts, ParseResult parsed, Host host)
    {
        if (parsed.GetValue(Output) is { } file)
        {
            AtomicWrite.File(Path.Combine(host.WorkingFolder, file), stream => TokenInspection.Write(tokenizer, texts, stream));
        }
        else if (host.OutputIsTerminal && !parsed.GetValue(CommonOptions.Json) && parsed.GetValue(Text) is { } text)
        {
            ShowTable(tokenizer, text, host.Output);
        }
        else
        {
            using var output = host.OpenOutput();
            TokenInspection.Write(tokenizer, texts, output);
        }
    }

    private static void ShowTable(Tokenizer tokenizer, string text, TextWriter output)
    {
        var tokens = tokenizer.Encode(text, addSpecialTokens: false);
        var special = tokenizer.Encode(text, addSpecialTokens: true).Ids;
        var codePoints = TokenInspection.CodePointsBefore(text);
        output.WriteLine("     id  characters  token (as the vocabulary writes it)");
        for (var i = 0; i < tokens.Ids.Length; i++)
        {
            var range = tokens.Offsets[i];
            var characters = string.Create(CultureInfo.InvariantCulture, $"{codePoints[range.Start]}-{codePoints[range.End]}");
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{tokens.Ids[i], 7}  {characters, 10}  {JsonSerializer.Serialize(tokenizer.TokenOf(tokens.Ids[i]), RecordJson.Line)}"));
        }

        output.WriteLine(
            special.AsSpan().SequenceEqual(tokens.Ids)
                ? "no special tokens are added"
                : $"with special tokens: {string.Join(' ', special.Select(id => tokenizer.IsSpecial(id) ? $"{id} {tokenizer.TokenOf(id)}" : $"{id}"))}");
        output.WriteLine($"decoded: {JsonSerializer.Serialize(tokenizer.Decode(tokens.Ids, skipSpecialTokens: false), RecordJson.Line)}");
    }

    private static string[] TextsOf(string? text, string? file, Host host)
    {
        if ((text is null) == (file is null))
        {
            throw new InputException(
                "wrong-usage",
                "inspect tokens",
                text is null ? "no text was given" : "both --text and --strings were given",
                "Give --text TEXT, or --strings FILE with a JSON list of texts");
        }

        return text is not null ? [text] : Read(Path.Combine(host.WorkingFolder, file!));
    }

    private static string[] Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > LargestFile)
            {
                throw Unusable("it is larger than 1 GiB");
            }

            return JsonSerializer.Deserialize<string[]>(File.ReadAllBytes(path)) is { } texts && !Array.Exists(texts, text => text is null)
                ? texts
                : throw Unusable("it holds null");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unusable(File.Exists(path) ? error.Message.TrimEnd('.') : "there is no such file", error);
        }
        catch (JsonException error)
        {
            throw Unusable($"it is no JSON list of texts ({error.Message.TrimEnd('.')})", error);
        }

        InputException Unusable(string found, Exception? inner = null) =>
            new("strings-file", $"--strings {path}", found, "Give a JSON file such as [\"one text\", \"another\"]", inner);
    }
}
