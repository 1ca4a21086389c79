using System.Text.Json;
using AlignedProbing.Tokenizers;

namespace AlignedProbing.Torch.Scorers.Classifiers;

/// <summary>Texts as a classifier reads them: with the tokenizer's special tokens, cut to a largest number without losing those.</summary>
internal sealed class TextTokens
{
    // Tokenizers without a limit of their own write 1e30 into their configuration.
    private const double NoLimit = 1e9;

    private readonly Tokenizer _tokenizer;
    private readonly bool _cutsLeft;

    /// <summary>Opens a folder's tokenizer.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="context">Tokens the model takes at most.</param>
    /// <param name="asked">Tokens the user wants at most; null: no wish.</param>
    /// <exception cref="InputException"><c>tokenizer</c>: it cannot be read.</exception>
    public TextTokens(string folder, int context, int? asked)
    {
        try
        {
            _tokenizer = Tokenizer.FromFolder(folder);
        }
        catch (TokenizerException error)
        {
            throw new InputException(
                "tokenizer",
                $"reading the tokenizer of the classifier '{folder}'",
                error.Message.TrimEnd('.'),
                "Give a folder that holds the model's tokenizer too: tokenizer.json, or vocab.txt, or vocab.json and merges.txt, or a SentencePiece model",
                error);
        }

        Special = _tokenizer.Encode("", addSpecialTokens: true).Ids;
        (var limit, _cutsLeft) = ReadConfiguration(folder);
        Most = Math.Min(context, (int)Math.Min(limit, asked ?? NoLimit));
    }

    /// <summary>Tokens of a text at most, special tokens included.</summary>
    public int Most { get; }

    /// <summary>The ids of the tokens that stand around every text.</summary>
    public IReadOnlyList<int> Special { get; }

    /// <summary>Whether the end of a text is kept where it is cut, and not its beginning.</summary>
    public bool CutsLeft => _cutsLeft;

    /// <summary>The tokens of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cut">How many tokens were left out because the text is too long.</param>
    /// <returns>The ids; none where the text has no token but special ones.</returns>
    public int[] Of(string text, out int cut)
    {
        var ids = _tokenizer.Encode(text, addSpecialTokens: true).Ids;
        cut = Math.Max(0, ids.Length - Most);
        if (cut == 0)
        {
            return ids.Length > Special.Count ? ids : [];
        }

        // The special tokens stand before and after the text's own, which are found by tokenizing without them.
        var bare = _tokenizer.Encode(text, addSpecialTokens: false).Ids;
        var before = ids.AsSpan().IndexOf(bare);
        if (before < 0 || ids.Length - bare.Length > Most)
        {
            throw new InputException(
                "tokenizer",
                "cutting a text that is too long",
                $"its tokenizer does not put its {ids.Length - bare.Length} special tokens before and after the text, or there are more than {Most} of them",
                "Use another classifier, or cut the texts");
        }

        var kept = Most - (ids.Length - bare.Length);
        return [.. ids[..before], .. _cutsLeft ? bare[^kept..] : bare[..kept], .. ids[(before + bare.Length)..]];
    }

    private static (double Limit, bool CutsLeft) ReadConfiguration(string folder)
    {
        var path = Path.Combine(folder, "tokenizer_config.json");
        if (!File.Exists(path))
        {
            return (NoLimit, false);
        }

        try
        {
            using var document = ForeignJson.ParsePython(ForeignJson.Bytes(path, 16 << 20));
            var limit =
                document.RootElement.TryGetProperty("model_max_length", out var length)
                && length.ValueKind == JsonValueKind.Number
                && length.GetDouble() is >= 1 and < NoLimit and var given
                    ? given
                    : NoLimit;
            return (
                limit,
                document.RootElement.TryGetProperty("truncation_side", out var side) && side.ValueKind == JsonValueKind.String && side.GetString() == "left");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or IOException)
        {
            throw new InputException("tokenizer-config", $"reading '{path}'", error.Message.TrimEnd('.'), "Download the file again", error);
        }
    }
}
