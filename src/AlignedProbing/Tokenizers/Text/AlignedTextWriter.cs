using System.Text;

namespace AlignedProbing.Tokenizers.Text;

/// <summary>
/// Writes the changed form of a text, and decides which part of the original each new character came from. The rules are those of the Rust library's
/// normalized string: a replaced character takes the range of the one it stands for, an inserted one that of the character before it.
/// </summary>
internal sealed class AlignedTextWriter
{
    private readonly AlignedText _source;
    private char[] _characters;
    private int[] _starts;
    private int[] _ends;
    private int _length;
    private int _position;

    public AlignedTextWriter(AlignedText source)
    {
        _source = source;
        var capacity = source.Length + 16;
        _characters = new char[capacity];
        _starts = new int[capacity];
        _ends = new int[capacity];
    }

    /// <summary>Index of the next character of the source that was neither taken nor skipped.</summary>
    public int Position => _position;

    /// <summary>Writes a character in place of the source's next one.</summary>
    public void Replace(Rune character)
    {
        var at = Math.Min(_position, _source.Length - 1);
        Append(character, _source.StartOf(at), _source.EndOf(at));
        Skip(1);
    }

    /// <summary>Writes a character that stands for none of the source's: it takes the range of the source's previous one.</summary>
    public void Insert(Rune character)
    {
        if (_position > 0)
        {
            Append(character, _source.StartOf(_position - 1), _source.EndOf(_position - 1));
        }
        else
        {
            var start = _source.Length > 0 ? _source.StartOf(0) : 0;
            Append(character, start, start);
        }
    }

    /// <summary>Writes characters with their change: 1 for one that is inserted, -n for one in place of the next, n more of which are skipped.</summary>
    public void Apply(List<(int CodePoint, int Change)> characters)
    {
        foreach (var (codePoint, change) in characters)
        {
            if (change > 0)
            {
                Insert(new Rune(codePoint));
            }
            else
            {
                Replace(new Rune(codePoint));
                Skip(-change);
            }
        }
    }

    /// <summary>Passes over characters of the source without writing any.</summary>
    /// <param name="count">Number of code points.</param>
    public void Skip(int count)
    {
        var span = _source.Span;
        for (; count > 0 && _position < span.Length; count--)
        {
            _position += char.IsHighSurrogate(span[_position]) && _position + 1 < span.Length ? 2 : 1;
        }
    }

    /// <summary>Passes over the source up to an index.</summary>
    public void SkipTo(int end) => _position = end;

    /// <summary>Copies the source unchanged up to an index.</summary>
    public void CopyTo(int end)
    {
        var count = end - _position;
        Reserve(count);
        _source.Span[_position..end].CopyTo(_characters.AsSpan(_length));
        for (var i = _position; i < end; i++)
        {
            _starts[_length] = _source.StartOf(i);
            _ends[_length++] = _source.EndOf(i);
        }

        _position = end;
    }

    public AlignedText ToText() =>
        new(new ReadOnlyMemory<char>(_characters, 0, _length), _starts, _ends);

    private void Append(Rune character, int start, int end)
    {
        Reserve(2);
        var count = character.EncodeToUtf16(_characters.AsSpan(_length));
        for (; count > 0; count--)
        {
            _starts[_length] = start;
            _ends[_length++] = end;
        }
    }

    private void Reserve(int count)
    {
        if (_length + count > _characters.Length)
        {
            var capacity = Math.Max(_characters.Length * 2, _length + count);
            Array.Resize(ref _characters, capacity);
            Array.Resize(ref _starts, capacity);
            Array.Resize(ref _ends, capacity);
        }
    }
}
