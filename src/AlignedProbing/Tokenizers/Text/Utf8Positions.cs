using System.Buffers;
using System.Text;

namespace AlignedProbing.Tokenizers.Text;

/// <summary>Converts positions counted in UTF-8 bytes, as models count, into indices of UTF-16 code units.</summary>
internal ref struct Utf8Positions
{
    private readonly ReadOnlySpan<char> _text;
    private readonly int[]? _characterOfByte;
    private readonly int _bytes;

    public Utf8Positions(ReadOnlySpan<char> text)
    {
        _text = text;
        _bytes = Encoding.UTF8.GetByteCount(text);
        if (_bytes == text.Length)
        {
            return;
        }

        _characterOfByte = ArrayPool<int>.Shared.Rent(_bytes);
        var position = 0;
        for (var i = 0; i < text.Length;)
        {
            var codePoint = CharacterClasses.CodePointAt(text, i, out var length);
            _characterOfByte.AsSpan(position, new Rune(codePoint).Utf8SequenceLength).Fill(i);
            position += new Rune(codePoint).Utf8SequenceLength;
            i += length;
        }
    }

    /// <summary>Index of the character that the byte belongs to.</summary>
    public readonly int StartOf(int byteIndex) => _characterOfByte is null ? byteIndex : byteIndex < _bytes ? _characterOfByte[byteIndex] : _text.Length;

    /// <summary>Index after the character that the byte belongs to.</summary>
    public readonly int EndOf(int byteIndex)
    {
        if (_characterOfByte is null)
        {
            return byteIndex + 1;
        }

        var start = StartOf(byteIndex);
        return start < _text.Length && char.IsHighSurrogate(_text[start]) ? start + 2 : start + 1;
    }

    public readonly void Dispose()
    {
        if (_characterOfByte is not null)
        {
            ArrayPool<int>.Shared.Return(_characterOfByte);
        }
    }
}
