using System.Text;
using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.Normalizers;

/// <summary>What all normalizers that look at one character at a time share.</summary>
internal static class CharacterChanges
{
    /// <summary>Leaves out the characters that are not kept.</summary>
    public static AlignedText Filter(AlignedText text, Func<int, bool> keep)
    {
        var span = text.Span;
        AlignedTextWriter? writer = null;
        for (var i = 0; i < span.Length;)
        {
            var codePoint = CharacterClasses.CodePointAt(span, i, out var length);
            if (!keep(codePoint))
            {
                writer ??= new AlignedTextWriter(text);
                writer.CopyTo(i);
                writer.Skip(1);
            }

            i += length;
        }

        writer?.CopyTo(span.Length);
        return writer?.ToText() ?? text;
    }

    /// <summary>Writes another character in place of each.</summary>
    public static AlignedText Map(AlignedText text, Func<int, int> map)
    {
        var span = text.Span;
        AlignedTextWriter? writer = null;
        for (var i = 0; i < span.Length;)
        {
            var codePoint = CharacterClasses.CodePointAt(span, i, out var length);
            var mapped = map(codePoint);
            if (mapped != codePoint)
            {
                writer ??= new AlignedTextWriter(text);
                writer.CopyTo(i);
                writer.Replace(new Rune(mapped));
            }

            i += length;
        }

        writer?.CopyTo(span.Length);
        return writer?.ToText() ?? text;
    }
}
