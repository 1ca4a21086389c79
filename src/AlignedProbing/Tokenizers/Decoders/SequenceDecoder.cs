namespace AlignedProbing.Tokenizers.Decoders;

/// <summary>Applies decoders one after the other.</summary>
internal sealed class SequenceDecoder(IReadOnlyList<TokenDecoder> decoders) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        foreach (var decoder in decoders)
        {
            tokens = decoder.Decode(tokens);
        }

        return tokens;
    }
}
