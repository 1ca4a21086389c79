using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.Patterns;

/// <summary>Matches runs of word characters, and runs of characters that are neither of a word nor white space: <c>\w+|[^\w\s]+</c>.</summary>
internal sealed class WordPattern : TextPattern
{
    public override void FindSpans(ReadOnlySpan<char> text, List<PatternSpan> spans)
    {
        var covered = 0;
        for (var i = 0; i < text.Length;)
        {
            var kind = KindAt(text, i, out var length);
            var start = i;
            i += length;
            if (kind == Kind.Space)
            {
                continue;
            }

            while (i < text.Length && KindAt(text, i, out length) == kind)
            {
                i += length;
            }

            AddMatch(spans, ref covered, start, i);
        }

        AddRest(spans, covered, text.Length);
    }

    private static Kind KindAt(ReadOnlySpan<char> text, int index, out int length)
    {
        var codePoint = CharacterClasses.CodePointAt(text, index, out length);
        return CharacterClasses.IsWord(codePoint) ? Kind.Word : CharacterClasses.IsWhiteSpace(codePoint) ? Kind.Space : Kind.Other;
    }

    private enum Kind
    {
        Word,
        Space,
        Other,
    }
}
