using System.Text;
using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.Normalizers;

/// <summary>Writes a fixed text before one that is not empty; it takes the range of the first character.</summary>
internal sealed class PrependNormalizer(string prefix) : Normalizer
{
    public string Prefix => prefix;

    public override AlignedText Normalize(AlignedText text) => text.Length == 0 ? text : Prepend(text, prefix);

    /// <summary>The text with a prefix that takes the range of its first character.</summary>
    public static AlignedText Prepend(AlignedText text, string prefix)
    {
        if (prefix.Length == 0)
        {
            return text;
        }

        var writer = new AlignedTextWriter(text);
        var first = CharacterClasses.CodePointAt(text.Span, 0, out _);
        var isFirst = true;
        foreach (var rune in prefix.EnumerateRunes())
        {
            if (isFirst)
            {
                writer.Replace(rune);
            }
            else
            {
                writer.Insert(rune);
            }

            isFirst = false;
        }

        writer.Insert(new Rune(first));
        writer.CopyTo(text.Length);
        return writer.ToText();
    }
}
