namespace AlignedProbing.Tokenizers.Patterns;

/// <summary>Matches a fixed text. An empty one matches nothing.</summary>
internal sealed class LiteralPattern(string literal) : TextPattern
{
    public override void FindSpans(ReadOnlySpan<char> text, List<PatternSpan> spans)
    {
        var covered = 0;
        while (literal.Length > 0 && covered < text.Length)
        {
            var found = text[covered..].IndexOf(literal, StringComparison.Ordinal);
            if (found < 0)
            {
                break;
            }

            AddMatch(spans, ref covered, covered + found, covered + found + literal.Length);
        }

        AddRest(spans, covered, text.Length);
    }
}
