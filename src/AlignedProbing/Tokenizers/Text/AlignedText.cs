namespace AlignedProbing.Tokenizers.Text;

/// <summary>
/// A text on its way through normalizers and pre-tokenizers: its characters now, and for each the range of the original text it came from.
/// Contains no lone surrogate; both halves of a surrogate pair have the pair's range.
/// </summary>
internal sealed class AlignedText
{
    private readonly ReadOnlyMemory<char> _characters;
    private readonly int[]? _starts;
    private readonly int[]? _ends;
    private readonly int _shift;

    /// <summary>Characters that are still the original's own, from index <paramref name="shift"/> on.</summary>
    public AlignedText(ReadOnlyMemory<char> characters, int shift)
    {
        _characters = characters;
        _shift = shift;
    }

    /// <summary>Changed characters, each with its range of the original.</summary>
    public AlignedText(ReadOnlyMemory<char> characters, int[] starts, int[] ends)
    {
        _characters = characters;
        _starts = starts;
        _ends = ends;
    }

    public ReadOnlySpan<char> Span => _characters.Span;

    public int Length => _characters.Length;

    /// <summary>Where the character at <paramref name="index"/> begins in the original.</summary>
    public int StartOf(int index)
    {
        if (_starts is not null)
        {
            return _starts[index];
        }

        var characters = _characters.Span;
        return _shift + (index > 0 && char.IsLowSurrogate(characters[index]) ? index - 1 : index);
    }

    /// <summary>Where the character at <paramref name="index"/> ends in the original.</summary>
    public int EndOf(int index)
    {
        if (_ends is not null)
        {
            return _ends[index];
        }

        var characters = _characters.Span;
        return _shift + (char.IsHighSurrogate(characters[index]) ? index + 2 : index + 1);
    }

    /// <summary>The part of the original that the characters [start, end) came from.</summary>
    public TextRange ToOriginal(int start, int end) =>
        start < end ? new TextRange(StartOf(start), EndOf(end - 1)) : new TextRange(StartOf(start), StartOf(start));

    /// <summary>A part of this text with the same ranges.</summary>
    public AlignedText Slice(int start, int length)
    {
        if (start == 0 && length == Length)
        {
            return this;
        }

        return _starts is null
            ? new AlignedText(_characters.Slice(start, length), _shift + start)
            : new AlignedText(_characters.Slice(start, length), _starts[start..(start + length)], _ends![start..(start + length)]);
    }
}
