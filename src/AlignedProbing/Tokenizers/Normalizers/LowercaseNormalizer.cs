using System.Text;
using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.Normalizers;

/// <summary>Writes every character in lower case, one by one (a Greek final sigma is not told apart).</summary>
internal sealed class LowercaseNormalizer : Normalizer
{
    private const int CapitalIWithDot = 0x130;
    private const int CombiningDotAbove = 0x307;

    public override AlignedText Normalize(AlignedText text)
    {
        if (!text.Span.Contains((char)CapitalIWithDot))
        {
            return CharacterChanges.Map(text, static codePoint => Rune.ToLowerInvariant(new Rune(codePoint)).Value);
        }

        var writer = new AlignedTextWriter(text);
        while (writer.Position < text.Length)
        {
            var codePoint = CharacterClasses.CodePointAt(text.Span, writer.Position, out _);
            if (codePoint == CapitalIWithDot)
            {
                writer.Replace(new Rune('i'));
                writer.Insert(new Rune(CombiningDotAbove));
            }
            else
            {
                writer.Replace(Rune.ToLowerInvariant(new Rune(codePoint)));
            }
        }

        return writer.ToText();
    }
}
