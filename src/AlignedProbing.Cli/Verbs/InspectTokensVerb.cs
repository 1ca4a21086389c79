using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AlignedProbing.Cli.Display;
using AlignedProbing.Torch.Running;
using AlignedProbing.Files;
using AlignedProbing.Settings;
using AlignedProbing.Tokenizers;
using AlignedProbing.Tokenizers.Inspection;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>inspect tokens</c>: the ids that texts become.</summary>
internal static class InspectTokensVerb
{
    private const long LargestFile = 1 << 30;

    private static readonly Setting<string?> Output = MachineSettings.OutputFile with { Help = "Write the JSON here instead of to standard output." };

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "tokens",
        "The ids that texts become, which characters each token covers, and what the ids decode to: JSON, or a table for one text on a terminal.",
        argument: null,
        new VerbUse
        {
            Title = "inspect tokens",
            Settings =
            [
                ModelSettings.Tokenizer, ModelSettings.Revision, PromptSettings.Text, PromptSettings.Strings, Output, MachineSettings.Json,
            ],
            Bind = input =>
            {
                var given = input.Given;
                var (name, revision) = (given.Value(ModelSettings.Tokenizer)!, given.Value(ModelSettings.Revision));
                var (text, file) = (given.Value(PromptSettings.Text), input.PathOf(given.Value(PromptSettings.Strings)));
                var (output, json) = (input.PathOf(given.Value(Output)), given.Value(MachineSettings.Json));
                if ((text is null) == (file is null))
                {
                    throw new InputException(
                        "wrong-usage",
                        "inspect tokens",
                        text is null ? "no text was given" : "both --text and --strings were given",
                        "Give --text TEXT, or --strings FILE with a JSON list of texts");
                }

                return async cancellationToken =>
                {
                    using var display = Displays.For(host);
                    string[] texts = text is not null ? [text] : Read(file!);
                    var machine = host.Machine(display);
                    var path = await ModelSource.OpenTokenizerAsync("--tokenizer", name, revision, machine, cancellationToken).ConfigureAwait(false);
                    Show(TokenizerSource.Open(path), texts, output, host.OutputIsTerminal && !json && text is not null, host);
                    return ExitCode.Done;
                };
            },
        });

    private static void Show(Tokenizer tokenizer, string[] texts, string? file, bool asTable, Host host)
    {
        try
        {
            if (file is not null)
            {
                AtomicWrite.File(file, stream => TokenInspection.Write(tokenizer, texts, stream));
            }
            else if (asTable)
            {
                ShowTable(tokenizer, texts[0], host.Output);
            }
            else
            {
                using var output = host.OpenOutput();
                TokenInspection.Write(tokenizer, texts, output);
            }
        }
        catch (TokenizerException error)
        {
            throw new InputException("text-not-tokenizable", error.Asked, error.Found, error.Remedy, error);
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

    private static string[] Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > LargestFile)
            {
                throw Unusable("it is larger than 1 GiB");
            }

            return ForeignJson.Record<string[]>(File.ReadAllBytes(path), RecordJson.Line) is { } texts && !Array.Exists(texts, text => text is null)
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
