namespace AlignedProbing.Tokenizers.Decoders;

/// <summary>Reads the suffix that ends a word as a blank, but for the last token's.</summary>
internal sealed class BytePairDecoder(string suffix) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        for (var i = 0; i < tokens.Count && suffix.Length > 0; i++)
        {
            tokens[i] = tokens[i].Replace(suffix, i == tokens.Count - 1 ? "" : " ", StringComparison.Ordinal);
        }

        return tokens;
    }
}
