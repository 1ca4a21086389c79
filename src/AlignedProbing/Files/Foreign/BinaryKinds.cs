namespace AlignedProbing.Files.Foreign;

/// <summary>Files that are no text, told by the bytes that they begin with; and what to do with each.</summary>
internal static class BinaryKinds
{
    private const string AsJson = "Write its rows as JSON lines, one object a line (pandas: to_json(path, orient='records', lines=True))";
    private const string Unpack = "Unpack it, and give the file that is in it";
    private const string SaveAsCsv = "Save it as CSV (UTF-8), and give that file";
    private const string Text = "Give a file of text: JSON lines, CSV, or a text a line";

    private static readonly (byte[] Magic, string Kind, string Remedy)[] Known =
    [
        ("ARROW1"u8.ToArray(), "an Arrow file", AsJson),
        ("ORC"u8.ToArray(), "an ORC file", AsJson),
        ([0x4F, 0x62, 0x6A, 0x01], "an Avro file", AsJson),
        ("SQLite format 3\0"u8.ToArray(), "an SQLite database", AsJson),
        ([0x89, 0x48, 0x44, 0x46], "an HDF5 file", AsJson),
        ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "a NumPy file", AsJson),
        ([0x50, 0x4B, 0x03, 0x04], "a ZIP archive or a workbook (.xlsx, .npz)", "Unpack it, or save the sheet as CSV (UTF-8), and give that file"),
        ([0xD0, 0xCF, 0x11, 0xE0], "an old Office document (.xls)", SaveAsCsv),
        ("%PDF-"u8.ToArray(), "a PDF document", Text),
        ("BZh"u8.ToArray(), "compressed with bzip2", Unpack),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "compressed with xz", Unpack),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7-Zip archive", Unpack),
        ([0x04, 0x22, 0x4D, 0x18], "compressed with LZ4", Unpack),
        ("Rar!"u8.ToArray(), "a RAR archive", Unpack),
        ("GGUF"u8.ToArray(), "a GGUF model", Text),
        ([0x7F, 0x45, 0x4C, 0x46], "a program", Text),
        ([0x89, 0x50, 0x4E, 0x47], "a picture", Text),
        ([0xFF, 0xD8, 0xFF], "a picture", Text),
    ];

    /// <summary>What a file is that begins so, and what to do; null where it may be text.</summary>
    /// <param name="head">Its first bytes, after decompression; without a byte order mark of UTF-16.</param>
    public static (string Kind, string Remedy)? Of(ReadOnlySpan<byte> head)
    {
        foreach (var (magic, kind, remedy) in Known)
        {
            // Three letters alone may begin a text.
            if (head.StartsWith(magic) && (magic.Length > 3 || head.Contains((byte)0)))
            {
                return (kind, remedy);
            }
        }

        // A tar archive says what it is after its first name.
        if (head.Length > 262 && head[257..262].SequenceEqual("ustar"u8))
        {
            return ("a tar archive", Unpack);
        }

        return
            head.Contains((byte)0)
                ? HalfZero(head) ? ("UTF-16 or UTF-32 without a byte order mark", "Save it as UTF-8") : ("a binary file", Text)
                : null;
    }

    private static bool HalfZero(ReadOnlySpan<byte> head) => head.Count((byte)0) is var zeros && zeros * 10 >= head.Length * 4 && zeros < head.Length;
}
