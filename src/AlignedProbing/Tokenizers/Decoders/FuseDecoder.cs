namespace AlignedProbing.Tokenizers.Decoders;

/// <summary>Joins all pieces, so that the next decoder sees the whole text.</summary>
internal sealed class FuseDecoder : TokenDecoder
{
    public override List<string> Decode(List<string> tokens) => [string.Concat(tokens)];
}
