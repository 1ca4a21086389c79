namespace AlignedProbing.Files.Foreign;

/// <summary>Rows as a stream of bytes, one held at a time.</summary>
/// <param name="rows">The rows, with their line ends.</param>
internal sealed class RowStream(IEnumerable<byte[]> rows) : Stream
{
    private readonly IEnumerator<byte[]> _rows = rows.GetEnumerator();
    private ReadOnlyMemory<byte> _row;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        while (_row.IsEmpty)
        {
            if (!_rows.MoveNext())
            {
                return 0;
            }

            _row = _rows.Current;
        }

        var count = Math.Min(buffer.Length, _row.Length);
        _row.Span[..count].CopyTo(buffer);
        _row = _row[count..];
        return count;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _rows.Dispose();
        }

        base.Dispose(disposing);
    }
}
