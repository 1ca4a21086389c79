using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using AlignedProbing.Tokenizers.Files;
using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.Normalizers;

/// <summary>
/// SentencePiece's compiled normalization rules: a double-array trie over UTF-8 from texts to their replacements. Of the rules that a cluster of characters
/// begins with the shortest counts, and replaces all of it; clusters of six bytes and more, and those without a rule, are looked up character by character.
/// </summary>
internal sealed class PrecompiledNormalizer : Normalizer
{
    private const int LongestCluster = 6;
    private readonly uint[] _units;
    private readonly byte[] _replacements;

    private PrecompiledNormalizer(uint[] units, byte[] replacements)
    {
        _units = units;
        _replacements = replacements;
    }

    /// <summary>Rules as a tokenizer file writes them.</summary>
    public static PrecompiledNormalizer FromBase64(string text)
    {
        try
        {
            return FromBytes(Convert.FromBase64String(text));
        }
        catch (FormatException e)
        {
            throw JsonComponent.Wrong("'precompiled_charsmap' is not base64", e);
        }
    }

    /// <summary>Rules as SentencePiece writes them: the trie's size in bytes, the trie, the replacements with a zero after each.</summary>
    public static PrecompiledNormalizer FromBytes(ReadOnlySpan<byte> bytes)
    {
        var size = bytes.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : uint.MaxValue;
        if (size > bytes.Length - 4 || size % 4 != 0 || size == 0)
        {
            throw JsonComponent.Wrong(
                string.Create(CultureInfo.InvariantCulture, $"'precompiled_charsmap' has {bytes.Length} bytes and says that its trie has {size}"));
        }

        var units = new uint[size / 4];
        for (var i = 0; i < units.Length; i++)
        {
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 + (i * 4))..]);
        }

        return new PrecompiledNormalizer(units, bytes[(4 + (int)size)..].ToArray());
    }

    public override AlignedText Normalize(AlignedText text)
    {
        var span = text.Span;
        var characters = new List<(int CodePoint, int Change)>(span.Length);
        var changed = false;
        for (var i = 0; i < span.Length;)
        {
            var length = StringInfo.GetNextTextElementLength(span[i..]);
            var cluster = span.Slice(i, length);
            i += length;
            if (Encoding.UTF8.GetByteCount(cluster) < LongestCluster && Find(cluster) is { } replacement)
            {
                changed = true;
                Replace(characters, CountRunes(cluster), replacement);
                continue;
            }

            for (var position = 0; position < cluster.Length;)
            {
                var codePoint = CharacterClasses.CodePointAt(cluster, position, out var units);
                if (Find(cluster.Slice(position, units)) is { } single)
                {
                    changed = true;
                    Replace(characters, 1, single);
                }
                else
                {
                    characters.Add((codePoint, 0));
                }

                position += units;
            }
        }

        if (!changed)
        {
            return text;
        }

        var writer = new AlignedTextWriter(text);
        writer.Apply(characters);
        return writer.ToText();
    }

    private static void Replace(List<(int CodePoint, int Change)> characters, int oldCount, string replacement)
    {
        var newCount = 0;
        foreach (var rune in replacement.EnumerateRunes())
        {
            characters.Add((rune.Value, newCount++ < oldCount ? 0 : 1));
        }

        // Where the replacement is empty the character before it takes note; where there is none, nobody does, and the ranges after it are
        // one off: so it is in the Rust library.
        if (newCount < oldCount && characters.Count > 0)
        {
            var (codePoint, change) = characters[^1];
            characters[^1] = (codePoint, change + newCount - oldCount);
        }
    }

    private static int CountRunes(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
        {
            count++;
        }

        return count;
    }

    /// <summary>The replacement of the shortest rule that the text begins with, or null.</summary>
    private string? Find(ReadOnlySpan<char> text)
    {
        Span<byte> key = stackalloc byte[16];
        key = key[..Encoding.UTF8.GetBytes(text, key)];
        var position = OffsetOf(_units[0]);
        foreach (var label in key)
        {
            position ^= label;
            if (label == 0 || position >= (uint)_units.Length)
            {
                return null;
            }

            var unit = _units[position];
            if ((unit & 0x800000FF) != label)
            {
                return null;
            }

            position ^= OffsetOf(unit);
            if (((unit >> 8) & 1) == 1)
            {
                return position < (uint)_units.Length ? ReplacementAt((int)(_units[position] & 0x7FFFFFFF)) : null;
            }
        }

        return null;
    }

    private string? ReplacementAt(int start)
    {
        if (start > _replacements.Length)
        {
            return null;
        }

        var rest = _replacements.AsSpan(start);
        var end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    private static uint OffsetOf(uint unit) => (unit >> 10) << (int)((unit & (1u << 9)) >> 6);
}
