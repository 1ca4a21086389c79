using System.CommandLine;
using System.Text.Json;
using AlignedProbing.Runs;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>inspect</c>: what the program sees.</summary>
internal static class InspectVerb
{
    private static readonly Option<string> TokenizerPath = new("--tokenizer") { HelpName = "FILE|FOLDER", Description = "A tokenizer.json, or the folder of a model.", Required = true };

    private static readonly Option<string> Text = new("--text") { HelpName = "TEXT", Description = "The text to split.", Required = true };

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host)
    {
        var tokens = new Command("tokens", "The ids a text becomes, which characters each token covers, and what the ids decode to.") { TokenizerPath, Text };
        tokens.SetAction(parsed =>
        {
            var path = Path.Combine(host.WorkingFolder, parsed.GetRequiredValue(TokenizerPath));
            var text = parsed.GetRequiredValue(Text);
            var tokenizer = TokenizerSource.Open(path);
            var encoded = tokenizer.Encode(text, addSpecialTokens: false);
            host.Output.WriteLine(JsonSerializer.Serialize(
                new
                {
                    text,
                    encoded.Ids,
                    Tokens = encoded.Offsets.Select(range => text[range.Start..range.End]),
                    IdsWithSpecialTokens = tokenizer.Encode(text, addSpecialTokens: true).Ids,
                    Decoded = tokenizer.Decode(encoded.Ids, skipSpecialTokens: true),
                },
                RunJson.Line));
            return ExitCode.Done;
        });
        return new Command("inspect", "Show what the program sees.") { tokens };
    }
}
