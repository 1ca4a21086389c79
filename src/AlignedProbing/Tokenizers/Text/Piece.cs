namespace AlignedProbing.Tokenizers.Text;

/// <summary>A part of a text between two splits: either still characters, or already one token.</summary>
/// <param name="Text">The text it is a part of.</param>
/// <param name="Start">Index of its first character in <paramref name="Text"/>.</param>
/// <param name="Length">Number of characters.</param>
/// <param name="TokenId">The id of the added token it is, or -1.</param>
internal readonly record struct Piece(AlignedText Text, int Start, int Length, int TokenId = -1)
{
    public ReadOnlySpan<char> Span => Text.Span.Slice(Start, Length);

    public bool IsToken => TokenId >= 0;
}
