using System.Globalization;
using System.Text;

namespace AlignedProbing.Tokenizers.Text;

/// <summary>The classes of characters that the stages ask for, by the Unicode properties of the Rust library's.</summary>
internal static class CharacterClasses
{
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;

    /// <summary>White_Space.</summary>
    public static bool IsWhiteSpace(int codePoint) => codePoint <= char.MaxValue && char.IsWhiteSpace((char)codePoint);

    /// <summary>General category N: digits, letter-like and other numbers.</summary>
    public static bool IsNumeric(int codePoint) => codePoint < 128
        ? char.IsAsciiDigit((char)codePoint)
        : CharUnicodeInfo.GetUnicodeCategory(codePoint) is
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    /// <summary>A character of a word: alphabetic, mark, decimal digit, connector, joiner.</summary>
    public static bool IsWord(int codePoint)
    {
        if (codePoint < 128)
        {
            return char.IsAsciiLetterOrDigit((char)codePoint) || codePoint == '_';
        }

        return CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
                or UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
                or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation => true,
            UnicodeCategory.OtherSymbol => codePoint is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149)
                or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189),
            UnicodeCategory.Format => codePoint is ZeroWidthNonJoiner or ZeroWidthJoiner,
            _ => false,
        };
    }

    /// <summary>The code point at an index of a text without lone surrogates, and how many code units it takes.</summary>
    public static int CodePointAt(ReadOnlySpan<char> text, int index, out int length)
    {
        var first = text[index];
        if (char.IsHighSurrogate(first) && index + 1 < text.Length)
        {
            length = 2;
            return char.ConvertToUtf32(first, text[index + 1]);
        }

        length = 1;
        return first;
    }

    /// <summary>The text with U+FFFD in place of each lone surrogate, which no encoding of Unicode can represent; the length does not change.</summary>
    public static string ReplaceLoneSurrogates(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            return text;
        }

        char[]? changed = null;
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]))
            {
                if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                {
                    i++;
                }
                else
                {
                    changed ??= text.ToCharArray();
                    changed[i] = (char)Rune.ReplacementChar.Value;
                }
            }
        }

        return changed is null ? text : new string(changed);
    }
}
