using System.IO.Compression;

namespace AlignedProbing.Tokenizers.Text;

/// <summary>
/// Properties of characters as the Rust library's own tables have them: decompositions, compositions and combining classes of Unicode 9.0, punctuation and
/// non-spacing marks of Unicode 8.0. A character that is younger has none of them there, and so must have none here. (Where the library asks Rust's standard
/// library or its pattern engines, it asks for the properties that .NET has too.) The platform's normalization would not do besides: it differs
/// from machine to machine, in version and in whether there is any.
/// </summary>
internal static class UnicodeTables
{
    private static readonly Dictionary<int, byte> Classes = [];
    private static readonly Dictionary<int, int[]> Canonical = [];
    private static readonly Dictionary<int, int[]> Compatible = [];
    private static readonly Dictionary<long, int> Compositions = [];
    private static readonly (int[] Starts, int[] Ends) Punctuation;
    private static readonly (int[] Starts, int[] Ends) NonSpacingMarks;
    private static readonly (int[] Starts, int[] Ends) Marks;

    static UnicodeTables()
    {
        using var resource = typeof(UnicodeTables).Assembly.GetManifestResourceStream("AlignedProbing.Tokenizers.Text.unicode.bin")
            ?? throw new InvalidOperationException("The Unicode tables are missing from the assembly.");
        using var stream = new BufferedStream(new DeflateStream(resource, CompressionMode.Decompress));
        var codePoint = 0;
        for (var runs = ReadNumber(stream); runs > 0; runs--)
        {
            codePoint += ReadNumber(stream);
            var count = ReadNumber(stream);
            var combiningClass = (byte)ReadNumber(stream);
            for (var i = 0; i < count; i++)
            {
                Classes.Add(codePoint + i, combiningClass);
            }
        }

        ReadDecompositions(stream, Canonical);
        ReadDecompositions(stream, Compatible);
        ReadCompositions(stream);
        Punctuation = ReadRanges(stream);
        NonSpacingMarks = ReadRanges(stream);
        Marks = ReadRanges(stream);
    }

    /// <summary>General category P, and the ASCII symbols such as '$' and '`'.</summary>
    public static bool IsPunctuation(int codePoint) => IsIn(Punctuation, codePoint);

    /// <summary>General category Mn.</summary>
    public static bool IsNonSpacingMark(int codePoint) => codePoint >= 0x300 && IsIn(NonSpacingMarks, codePoint);

    /// <summary>General category M.</summary>
    public static bool IsMark(int codePoint) => codePoint >= 0x300 && IsIn(Marks, codePoint);

    /// <summary>The canonical combining class; 0 for starters.</summary>
    public static int CombiningClass(int codePoint) => codePoint < 0x300 ? 0 : Classes.GetValueOrDefault(codePoint);

    /// <summary>The full decomposition of a code point other than a Hangul syllable, or null where it has none.</summary>
    /// <param name="codePoint">The code point.</param>
    /// <param name="compatible">Also the decompositions that lose a distinction, such as that of a ligature.</param>
    public static int[]? Decomposition(int codePoint, bool compatible) =>
        codePoint < 0xA0 ? null
        : compatible && Compatible.TryGetValue(codePoint, out var decomposition) ? decomposition
        : Canonical.GetValueOrDefault(codePoint);

    /// <summary>The character that two compose to, or -1. Hangul aside.</summary>
    public static int Compose(int first, int second) => Compositions.TryGetValue(((long)first << 32) | (uint)second, out var composed) ? composed : -1;

    /// <summary>
    /// The BMP characters that a normalization form may change or move, alone or by what stands before them; Hangul and surrogates among them. A text without
    /// any of them is normalized already.
    /// </summary>
    /// <param name="compose">The form composes: characters that it puts together again do not count.</param>
    /// <param name="compatible">The form uses compatibility decompositions.</param>
    public static HashSet<char> MayChange(bool compose, bool compatible)
    {
        var composed = compose ? Compositions.Values.ToHashSet() : [];
        var decomposed = Canonical.Keys.Where(character => !composed.Contains(character)).Concat(compatible ? Compatible.Keys : []);
        var joined = compose ? Compositions.Keys.Select(pair => (int)(uint)pair) : [];
        var jamo = Enumerable.Range(0x1100, 0x100).Concat(Enumerable.Range(0xAC00, 0xD7B0 - 0xAC00)).Concat(Enumerable.Range(0xD800, 0x800));
        return
        [
            .. Classes.Keys.Concat(decomposed).Concat(joined).Concat(jamo).Where(character => character <= char.MaxValue).Select(character => (char)character),
        ];
    }

    private static void ReadDecompositions(Stream stream, Dictionary<int, int[]> table)
    {
        var codePoint = 0;
        for (var count = ReadNumber(stream); count > 0; count--)
        {
            codePoint += ReadNumber(stream);
            var decomposition = new int[ReadNumber(stream)];
            for (var i = 0; i < decomposition.Length; i++)
            {
                decomposition[i] = ReadNumber(stream);
            }

            table.Add(codePoint, decomposition);
        }
    }

    /// <summary>Reads the characters that are composed; what they are composed of follows from their decompositions, the short ones first.</summary>
    private static void ReadCompositions(Stream stream)
    {
        var composed = new int[ReadNumber(stream)];
        var codePoint = 0;
        for (var i = 0; i < composed.Length; i++)
        {
            codePoint += ReadNumber(stream);
            composed[i] = codePoint;
        }

        foreach (var character in composed.OrderBy(character => Canonical[character].Length))
        {
            var parts = Canonical[character];
            var first = parts[0];
            foreach (var part in parts[1..^1])
            {
                first = Compose(first, part);
            }

            Compositions.Add(((long)first << 32) | (uint)parts[^1], character);
        }
    }

    private static (int[] Starts, int[] Ends) ReadRanges(Stream stream)
    {
        var starts = new int[ReadNumber(stream)];
        var ends = new int[starts.Length];
        var codePoint = 0;
        for (var i = 0; i < starts.Length; i++)
        {
            starts[i] = codePoint + ReadNumber(stream);
            codePoint = ends[i] = starts[i] + ReadNumber(stream);
        }

        return (starts, ends);
    }

    private static bool IsIn((int[] Starts, int[] Ends) ranges, int codePoint)
    {
        var found = Array.BinarySearch(ranges.Starts, codePoint);
        return found >= 0 || (~found > 0 && codePoint <= ranges.Ends[~found - 1]);
    }

    private static int ReadNumber(Stream stream)
    {
        var number = 0;
        for (var shift = 0; ; shift += 7)
        {
            var value = stream.ReadByte();
            number |= (value & 0x7F) << shift;
            if (value < 0x80)
            {
                return number;
            }
        }
    }
}
