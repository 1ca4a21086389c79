namespace AlignedProbing.Files;

/// <summary>
/// Cuts a stream into lines of bytes: at LF alone (a JSON text may hold every other separator), with one CR before it taken off. A line end at the end of the
/// file makes no further line. Holds one line at a time, and never more of it than it may have.
/// </summary>
/// <param name="stream">What is read, from where it stands; a byte order mark is for the caller to pass over (<see cref="SkipMark"/>).</param>
/// <param name="maxLineBytes">Longer lines are reported, not read.</param>
internal sealed class LineReader(Stream stream, int maxLineBytes = LineReader.MaxLineBytes)
{
    /// <summary>The longest line of a file of the user's: 16 MiB.</summary>
    public const int MaxLineBytes = 1 << 24;

    private readonly byte[] _buffer = new byte[1 << 16];
    private byte[] _line = new byte[1 << 12];
    private int _start;
    private int _end;

    /// <summary>Number of the current line, from 1; 0 before the first.</summary>
    public int Number { get; private set; }

    /// <summary>Whether the current line is longer than it may be; its content is then not given.</summary>
    public bool TooLong { get; private set; }

    /// <summary>Passes over the byte order mark of UTF-8 at the beginning of a stream that can be set back.</summary>
    public static void SkipMark(Stream stream)
    {
        Span<byte> head = stackalloc byte[3];
        if (stream.ReadAtLeast(head, 3, throwOnEndOfStream: false) < 3 || head is not [0xEF, 0xBB, 0xBF])
        {
            stream.Position = 0;
        }
    }

    /// <summary>Goes to the next line; its bytes are valid until the next call.</summary>
    /// <returns>Whether there was one.</returns>
    public bool TryRead(out ReadOnlyMemory<byte> line)
    {
        var length = 0;
        TooLong = false;
        var any = false;
        while (Fill())
        {
            any = true;
            var rest = _buffer.AsSpan(_start, _end - _start);
            var at = rest.IndexOf((byte)'\n');
            var taken = at < 0 ? rest : rest[..at];
            if ((long)length + taken.Length > maxLineBytes)
            {
                TooLong = true;
            }
            else if (!TooLong)
            {
                Grow(length + taken.Length);
                taken.CopyTo(_line.AsSpan(length));
                length += taken.Length;
            }

            _start += taken.Length + (at < 0 ? 0 : 1);
            if (at >= 0)
            {
                break;
            }
        }

        if (!any)
        {
            line = default;
            return false;
        }

        Number++;
        if (TooLong)
        {
            line = default;
            return true;
        }

        if (length > 0 && _line[length - 1] == (byte)'\r')
        {
            length--;
        }

        line = _line.AsMemory(0, length);
        return true;
    }

    private bool Fill()
    {
        if (_start == _end)
        {
            _start = 0;
            _end = stream.Read(_buffer);
        }

        return _start < _end;
    }

    private void Grow(int needed)
    {
        if (needed > _line.Length)
        {
            Array.Resize(ref _line, Math.Max(needed, (int)Math.Min(2L * _line.Length, maxLineBytes)));
        }
    }
}
