using System.Buffers.Binary;

namespace AlignedProbing.Torch.Checkpoints.Pickles;

/// <summary>
/// The parts of a zip file: where each begins, how long it is, and whether it is stored as it is. Nothing is ever unpacked, and no name is used as a path.
/// Source: PKWARE's APPNOTE.TXT 6.3.10.
/// </summary>
internal static class StoredZip
{
    private const int EndLength = 22;
    private const int EntryLength = 46;
    private const int LocalLength = 30;
    private const int MostEntries = 1_000_000;
    private const uint InExtra = 0xFFFFFFFF;

    /// <summary>Entries by name.</summary>
    /// <exception cref="InputException"><c>torch-file-broken</c>: it is no complete zip file.</exception>
    public static IReadOnlyDictionary<string, (long Start, long Length, bool Stored)> Read(MappedFile file, string path)
    {
        var (start, length, count) = Directory(file, path);
        if (count > MostEntries || start > file.Length || length > file.Length - start || length < count * EntryLength)
        {
            throw PickleErrors.Broken(path, "the list of its parts is not where its end says; a download may have been cut off");
        }

        var entries = new Dictionary<string, (long, long, bool)>(StringComparer.Ordinal);
        var (at, end) = (start, start + length);
        for (var i = 0L; i < count; i++)
        {
            var (name, part, next) = Entry(file, at, end, path);
            at = next;
            if (!entries.TryAdd(name, part))
            {
                throw PickleErrors.Broken(path, $"two of its parts are called '{PickledCalls.Shown(name)}'");
            }
        }

        return entries;
    }

    private static (long Start, long Length, long Count) Directory(MappedFile file, string path)
    {
        // The end is followed by a comment of at most 65,535 bytes.
        var tail = file.Bytes(Math.Max(0, file.Length - EndLength - 65535), (int)Math.Min(file.Length, EndLength + 65535));
        var at = tail.LastIndexOf("PK\u0005\u0006"u8);
        if (at < 0 || tail.Length - at < EndLength)
        {
            throw PickleErrors.Broken(path, "it begins as a zip file and has no end of one; a download may have been cut off");
        }

        var end = tail[at..];
        long count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]);
        long start = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
        var locator = file.Length - tail.Length + at - 20;
        if (locator >= 0 && file.Bytes(locator, 4).SequenceEqual("PK\u0006\u0007"u8))
        {
            var record = BinaryPrimitives.ReadInt64LittleEndian(file.Bytes(locator + 8, 8));
            if (record < 0 || record > file.Length - 56 || !file.Bytes(record, 4).SequenceEqual("PK\u0006\u0006"u8))
            {
                throw PickleErrors.Broken(path, "the long form of its end is not where it should be");
            }

            count = BinaryPrimitives.ReadInt64LittleEndian(file.Bytes(record + 32, 8));
            length = BinaryPrimitives.ReadInt64LittleEndian(file.Bytes(record + 40, 8));
            start = BinaryPrimitives.ReadInt64LittleEndian(file.Bytes(record + 48, 8));
        }

        return start >= 0 && length >= 0 && count >= 0 ? (start, length, count) : throw PickleErrors.Broken(path, "the list of its parts has a negative size");
    }

    private static (string Name, (long Start, long Length, bool Stored) Part, long Next) Entry(MappedFile file, long at, long end, string path)
    {
        if (end - at < EntryLength || !file.Bytes(at, 4).SequenceEqual("PK\u0001\u0002"u8))
        {
            throw PickleErrors.Broken(path, "the list of its parts is broken");
        }

        var head = file.Bytes(at, EntryLength);
        var (flags, method) = (BinaryPrimitives.ReadUInt16LittleEndian(head[8..]), BinaryPrimitives.ReadUInt16LittleEndian(head[10..]));
        long packed = BinaryPrimitives.ReadUInt32LittleEndian(head[20..]);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(head[24..]);
        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(head[28..]),
            extraLength = BinaryPrimitives.ReadUInt16LittleEndian(head[30..]),
            commentLength = BinaryPrimitives.ReadUInt16LittleEndian(head[32..]);
        long local = BinaryPrimitives.ReadUInt32LittleEndian(head[42..]);
        var next = at + EntryLength + nameLength + extraLength + commentLength;
        if (next > end)
        {
            throw PickleErrors.Broken(path, "the list of its parts is broken");
        }

        var name = System.Text.Encoding.UTF8.GetString(file.Bytes(at + EntryLength, nameLength));
        Long(file.Bytes(at + EntryLength + nameLength, extraLength), ref length, ref packed, ref local);
        var stored = (flags & 1) == 0 && method == 0 && packed == length;
        if (local < 0 || local > file.Length - LocalLength || !file.Bytes(local, 4).SequenceEqual("PK\u0003\u0004"u8))
        {
            throw PickleErrors.Broken(path, $"its part '{PickledCalls.Shown(name)}' is not where the list says");
        }

        var begin = file.Bytes(local, LocalLength);
        var start = local + LocalLength + BinaryPrimitives.ReadUInt16LittleEndian(begin[26..]) + BinaryPrimitives.ReadUInt16LittleEndian(begin[28..]);
        return packed >= 0 && length >= 0 && start <= file.Length && packed <= file.Length - start
            ? (name, (start, length, stored), next)
            : throw PickleErrors.Broken(path, $"its part '{PickledCalls.Shown(name)}' goes on past the file's end");
    }

    /// <summary>Reads those numbers that do not fit 32 bits from where they stand instead (ZIP64).</summary>
    private static void Long(ReadOnlySpan<byte> extra, ref long length, ref long packed, ref long local)
    {
        while (extra.Length >= 4)
        {
            var (id, size) = (BinaryPrimitives.ReadUInt16LittleEndian(extra), BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]));
            if (size > extra.Length - 4)
            {
                return;
            }

            if (id == 1)
            {
                var values = extra.Slice(4, size);
                Take(ref values, ref length);
                Take(ref values, ref packed);
                Take(ref values, ref local);
                return;
            }

            extra = extra[(4 + size)..];
        }

        static void Take(ref ReadOnlySpan<byte> values, ref long number)
        {
            if (number == InExtra && values.Length >= 8)
            {
                number = BinaryPrimitives.ReadInt64LittleEndian(values);
                values = values[8..];
            }
        }
    }
}
