namespace AlignedProbing.Fuzz.Mutations;

/// <summary>Changes files of lines: tables, JSON lines, plain text.</summary>
/// <param name="inLine">How a line is changed where it is more than text; null for pieces of text alone.</param>
public sealed class LineMutator(IMutator? inLine = null) : IMutator
{
    private static readonly ByteMutator Bytes = new();

    /// <inheritdoc/>
    public byte[] Change(byte[] file, Random random)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(random);
        var result = file;
        for (var times = random.Next(1, 4); times > 0 && result.Length > 0; times--)
        {
            result = Once(result, random);
        }

        return result;
    }

    private byte[] Once(byte[] file, Random random)
    {
        var (from, to) = Line(file, random.Next(file.Length));
        var line = file[from..to];
        var at = random.Next(from, to + 1);
        return random.Next(10) switch
        {
            0 => Bytes.Change(file, random),
            1 => [.. file[..from], .. file[Math.Min(file.Length, to + 1)..]],
            2 => [.. file[..from], .. line, (byte)'\n', .. file[from..]],
            3 => file[..at],
            4 => [.. file[..from], .. Line(file, random), (byte)'\n', .. file[from..]],
            5 or 6 or 7 when inLine is not null => [.. file[..from], .. inLine.Change(line, random), .. file[to..]],
            _ => [.. file[..at], .. OddTexts.Pieces[random.Next(OddTexts.Pieces.Length)], .. file[at..]],
        };
    }

    private static byte[] Line(byte[] file, Random random)
    {
        var (from, to) = Line(file, random.Next(file.Length));
        return file[from..to];
    }

    private static (int From, int To) Line(byte[] file, int at)
    {
        var from = file.AsSpan(0, at).LastIndexOf((byte)'\n') + 1;
        var length = file.AsSpan(from).IndexOf((byte)'\n');
        return (from, length < 0 ? file.Length : from + length);
    }
}
