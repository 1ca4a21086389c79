namespace AlignedProbing.Tokenizers;

/// <summary>A range of a text in UTF-16 code units, as <see cref="string"/> counts them: <c>text[Start..End]</c>.</summary>
/// <param name="Start">Index of the first code unit.</param>
/// <param name="End">Index after the last code unit; equal to <paramref name="Start"/> where a token covers nothing of the text.</param>
public readonly record struct TextRange(int Start, int End);

/// <summary>A text as token ids, with the part of the text that each stands for.</summary>
public sealed class TokenizedText
{
    internal TokenizedText(int[] ids, TextRange[] offsets)
    {
        Ids = ids;
        Offsets = offsets;
    }

    /// <summary>The token ids, in the order of the text.</summary>
    public int[] Ids { get; }

    /// <summary>
    /// For each id the characters of the text it was made from; (0, 0) for tokens that the post-processor added. Tokens that are parts of one character
    /// (its bytes) all have the range of that character; a range never begins or ends within a surrogate pair.
    /// </summary>
    public TextRange[] Offsets { get; }
}
