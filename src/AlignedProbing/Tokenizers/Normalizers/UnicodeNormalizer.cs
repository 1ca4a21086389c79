using System.Buffers;
using System.Runtime.InteropServices;
using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.Normalizers;

/// <summary>
/// The normalization forms of Unicode (UAX 15): NFD, NFC, NFKD, NFKC. Of the characters of a decomposition the first takes the place of the original and the
/// others count as inserted after it; a composed character has the range of its first part.
/// </summary>
/// <param name="compose">Compose again after decomposing: NFC, NFKC.</param>
/// <param name="compatible">Use compatibility decompositions: NFKD, NFKC.</param>
internal sealed class UnicodeNormalizer(bool compose, bool compatible) : Normalizer
{
    private const int SyllableBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TailBase = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TailCount = 28;
    private const int SyllableCount = LeadCount * VowelCount * TailCount;

    private readonly SearchValues<char> _mayChange = SearchValues.Create([.. UnicodeTables.MayChange(compose, compatible)]);

    public override AlignedText Normalize(AlignedText text)
    {
        if (text.Span.IndexOfAny(_mayChange) < 0)
        {
            return text;
        }

        var characters = Decompose(text.Span);
        if (compose)
        {
            characters = Compose(characters);
        }

        var writer = new AlignedTextWriter(text);
        writer.Apply(characters);
        return writer.ToText();
    }

    /// <summary>Decomposes and puts marks in canonical order. A change of 1 means inserted, 0 in place of a character.</summary>
    private List<(int CodePoint, int Change)> Decompose(ReadOnlySpan<char> text)
    {
        var output = new List<(int CodePoint, int Change)>(text.Length + 16);
        var firstMark = 0;
        for (var i = 0; i < text.Length;)
        {
            var codePoint = CharacterClasses.CodePointAt(text, i, out var length);
            i += length;
            if (codePoint is >= SyllableBase and < SyllableBase + SyllableCount)
            {
                var syllable = codePoint - SyllableBase;
                Push(output, ref firstMark, LeadBase + (syllable / (VowelCount * TailCount)), 0);
                Push(output, ref firstMark, VowelBase + (syllable % (VowelCount * TailCount) / TailCount), 1);
                if (syllable % TailCount != 0)
                {
                    Push(output, ref firstMark, TailBase + (syllable % TailCount), 1);
                }
            }
            else if (UnicodeTables.Decomposition(codePoint, compatible) is { } parts)
            {
                for (var part = 0; part < parts.Length; part++)
                {
                    Push(output, ref firstMark, parts[part], part == 0 ? 0 : 1);
                }
            }
            else
            {
                Push(output, ref firstMark, codePoint, 0);
            }
        }

        SortMarks(output, firstMark);
        return output;
    }

    private static void Push(List<(int CodePoint, int Change)> output, ref int firstMark, int codePoint, int change)
    {
        if (UnicodeTables.CombiningClass(codePoint) == 0)
        {
            SortMarks(output, firstMark);
            output.Add((codePoint, change));
            firstMark = output.Count;
        }
        else
        {
            output.Add((codePoint, change));
        }
    }

    /// <summary>Sorts the marks from an index on by their class; equal ones keep their order.</summary>
    private static void SortMarks(List<(int CodePoint, int Change)> output, int from)
    {
        if (output.Count - from < 2)
        {
            return;
        }

        var marks = output.Skip(from).OrderBy(mark => UnicodeTables.CombiningClass(mark.CodePoint)).ToArray();
        marks.CopyTo(CollectionsMarshal.AsSpan(output)[from..]);
    }

    private static List<(int CodePoint, int Change)> Compose(List<(int CodePoint, int Change)> input)
    {
        var output = new List<(int CodePoint, int Change)>(input.Count);
        var starter = -1;
        var lastClass = 0;
        foreach (var (codePoint, change) in input)
        {
            var combiningClass = UnicodeTables.CombiningClass(codePoint);
            if (starter >= 0)
            {
                // A mark reaches the starter unless one of its class, or another starter, stands between.
                var isBlocked = starter != output.Count - 1 && (lastClass == 0 || lastClass >= combiningClass);
                var composed = isBlocked ? -1 : ComposePair(output[starter].CodePoint, codePoint);
                if (composed >= 0)
                {
                    output[starter] = (composed, Absorb(output[starter].Change, change));
                    continue;
                }
            }

            if (combiningClass == 0)
            {
                starter = output.Count;
            }

            lastClass = combiningClass;
            output.Add((codePoint, change));
        }

        return output;
    }

    /// <summary>The change of a starter that took in a character: one more removed after it, unless that one was an insertion.</summary>
    private static int Absorb(int starterChange, int change) => starterChange + change - 1;

    private static int ComposePair(int first, int second)
    {
        if (first is >= LeadBase and < LeadBase + LeadCount && second is >= VowelBase and < VowelBase + VowelCount)
        {
            return SyllableBase + ((((first - LeadBase) * VowelCount) + second - VowelBase) * TailCount);
        }

        if (first is >= SyllableBase and < SyllableBase + SyllableCount && (first - SyllableBase) % TailCount == 0
            && second is > TailBase and < TailBase + TailCount)
        {
            return first + second - TailBase;
        }

        return UnicodeTables.Compose(first, second);
    }
}
