namespace AlignedProbing.Tokenizers.Decoders;

/// <summary>Reads the visible blank as a blank; those of the first token are left out where the pre-tokenizer writes one before the text.</summary>
/// <param name="replacement">What a blank is written as; one character.</param>
/// <param name="leavesOutFirst">Whether those of the first token are left out.</param>
internal sealed class MetaspaceDecoder(string replacement, bool leavesOutFirst) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        for (var i = 0; i < tokens.Count; i++)
        {
            tokens[i] = tokens[i].Replace(replacement, i == 0 && leavesOutFirst ? "" : " ", StringComparison.Ordinal);
        }

        return tokens;
    }
}
