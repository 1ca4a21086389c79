namespace AlignedProbing.Tokenizers.PostProcessors;

/// <summary>Adds special tokens and corrects ranges once a text is tokenized. Used by many threads at once.</summary>
internal abstract class PostProcessor
{
    /// <param name="tokens">The tokens; may be changed.</param>
    /// <param name="addSpecialTokens">Whether tokens are added at all.</param>
    /// <param name="tokenOf">The text of an id, as in the vocabulary.</param>
    public abstract TokenBuffer Process(TokenBuffer tokens, bool addSpecialTokens, Func<int, string?> tokenOf);
}
