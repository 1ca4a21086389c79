using AlignedProbing.Tokenizers;

namespace AlignedProbing.Torch.Encoding;

/// <summary>The tokens of a text that goes on another one.</summary>
internal static class ContinuationTokens
{
    /// <summary>A continuation's own tokens, without special ones. Where the tokenizer writes a word's leading blank itself, the text's is dropped.</summary>
    /// <exception cref="InputException"><c>text-not-tokenizable</c>.</exception>
    public static int[] Of(string text, Tokenizer tokenizer)
    {
        try
        {
            return tokenizer.Encode(tokenizer.AddsPrefixSpace && text.StartsWith(' ') ? text[1..] : text, addSpecialTokens: false).Ids;
        }
        catch (TokenizerException error)
        {
            throw new InputException("text-not-tokenizable", error.Asked, error.Found, error.Remedy, error);
        }
    }
}
