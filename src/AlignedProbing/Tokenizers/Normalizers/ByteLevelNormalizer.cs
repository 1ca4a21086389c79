using System.Text;
using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.Normalizers;

/// <summary>Writes a text in the byte alphabet.</summary>
internal sealed class ByteLevelNormalizer : Normalizer
{
    public override AlignedText Normalize(AlignedText text)
    {
        var writer = new AlignedTextWriter(text);
        Span<byte> bytes = stackalloc byte[4];
        while (writer.Position < text.Length)
        {
            var rune = new Rune(CharacterClasses.CodePointAt(text.Span, writer.Position, out _));
            var count = rune.EncodeToUtf8(bytes);
            writer.Replace(new Rune(ByteAlphabet.ToCharacter(bytes[0])));
            foreach (var value in bytes[1..count])
            {
                writer.Insert(new Rune(ByteAlphabet.ToCharacter(value)));
            }
        }

        return writer.ToText();
    }
}
