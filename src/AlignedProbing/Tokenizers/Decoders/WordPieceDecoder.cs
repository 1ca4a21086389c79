namespace AlignedProbing.Tokenizers.Decoders;

/// <summary>Puts a blank before each token that does not go on a word.</summary>
/// <param name="prefix">How a token begins that goes on a word.</param>
/// <param name="cleanUp">Take out the blanks before punctuation and English contractions.</param>
internal sealed class WordPieceDecoder(string prefix, bool cleanUp) : TokenDecoder
{
    private static readonly (string From, string To)[] CleanUps =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"),
        (" 've", "'ve"), (" 're", "'re"),
    ];

    public override List<string> Decode(List<string> tokens)
    {
        for (var i = 0; i < tokens.Count; i++)
        {
            if (i > 0)
            {
                tokens[i] = tokens[i].StartsWith(prefix, StringComparison.Ordinal) ? tokens[i][prefix.Length..] : " " + tokens[i];
            }

            tokens[i] = cleanUp ? CleanUp(tokens[i]) : tokens[i];
        }

        return tokens;
    }

    /// <summary>Takes out the blanks before punctuation and English contractions.</summary>
    /// <param name="text">The text.</param>
    /// <param name="contracts">Write "do not" as "don't", as the Rust library does and transformers does not.</param>
    public static string CleanUp(string text, bool contracts = true)
    {
        foreach (var (from, to) in CleanUps)
        {
            if (!contracts && from == " do not")
            {
                continue;
            }

            text = text.Replace(from, to, StringComparison.Ordinal);
        }

        return text;
    }
}
