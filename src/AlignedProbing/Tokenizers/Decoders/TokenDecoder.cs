namespace AlignedProbing.Tokenizers.Decoders;

/// <summary>Turns tokens as the vocabulary writes them into pieces of text. Used by many threads at once.</summary>
internal abstract class TokenDecoder
{
    /// <summary>The pieces that, joined, are the text. The list may be changed and returned.</summary>
    public abstract List<string> Decode(List<string> tokens);
}
