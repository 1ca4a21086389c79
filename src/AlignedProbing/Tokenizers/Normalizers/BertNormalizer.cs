using System.Globalization;
using System.Text;
using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.Normalizers;

/// <summary>What BERT does to a text before splitting it.</summary>
/// <param name="cleanText">Leave out controls, and make all white space a space.</param>
/// <param name="handleChineseCharacters">Put spaces around each CJK ideograph.</param>
/// <param name="stripAccents">Decompose and leave out the marks.</param>
/// <param name="lowercase">Write lower case.</param>
internal sealed class BertNormalizer(bool cleanText, bool handleChineseCharacters, bool stripAccents, bool lowercase) : Normalizer
{
    private static readonly UnicodeNormalizer Decomposition = new(compose: false, compatible: false);
    private static readonly LowercaseNormalizer Lowercase = new();

    public bool SetsIdeographsApart => handleChineseCharacters;

    public bool StripsAccents => stripAccents;

    public bool Lowercases => lowercase;

    public override AlignedText Normalize(AlignedText text)
    {
        if (cleanText)
        {
            text = CharacterChanges.Filter(text, static codePoint => codePoint is not (0 or 0xFFFD) && !IsControl(codePoint));
            text = CharacterChanges.Map(text, static codePoint => CharacterClasses.IsWhiteSpace(codePoint) ? ' ' : codePoint);
        }

        if (handleChineseCharacters)
        {
            text = SetApart(text);
        }

        if (stripAccents)
        {
            text = CharacterChanges.Filter(Decomposition.Normalize(text), static codePoint => !UnicodeTables.IsNonSpacingMark(codePoint));
        }

        return lowercase ? Lowercase.Normalize(text) : text;
    }

    private static AlignedText SetApart(AlignedText text)
    {
        if (text.Span.IndexOfAnyInRange('\u3400', char.MaxValue) < 0)
        {
            return text;
        }

        var writer = new AlignedTextWriter(text);
        while (writer.Position < text.Length)
        {
            var codePoint = CharacterClasses.CodePointAt(text.Span, writer.Position, out _);
            if (IsIdeograph(codePoint))
            {
                writer.Replace(new Rune(' '));
                writer.Insert(new Rune(codePoint));
                writer.Insert(new Rune(' '));
            }
            else
            {
                writer.Replace(new Rune(codePoint));
            }
        }

        return writer.ToText();
    }

    /// <summary>Control, format or private use; not those that became format characters after Unicode 8.0, which the Rust library does not know.</summary>
    private static bool IsControl(int codePoint) => codePoint is not ('\t' or '\n' or '\r' or 0x890 or 0x891 or 0x8E2 or 0x110CD or (>= 0x13430 and <= 0x1343F))
        && CharUnicodeInfo.GetUnicodeCategory(codePoint) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse;

    private static bool IsIdeograph(int codePoint) =>
        codePoint
            is (>= 0x4E00 and <= 0x9FFF)
                or (>= 0x3400 and <= 0x4DBF)
                or (>= 0x20000 and <= 0x2A6DF)
                or (>= 0x2A700 and <= 0x2B73F)
                or (>= 0x2B740 and <= 0x2B81F)
                or (>= 0x2B920 and <= 0x2CEAF)
                or (>= 0xF900 and <= 0xFAFF)
                or (>= 0x2F800 and <= 0x2FA1F);
}
