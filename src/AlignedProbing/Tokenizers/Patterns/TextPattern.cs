namespace AlignedProbing.Tokenizers.Patterns;

/// <summary>A part of a text, and whether it is what the pattern looks for.</summary>
internal readonly record struct PatternSpan(int Start, int End, bool IsMatch);

/// <summary>Finds delimiters, or words, in a text.</summary>
internal abstract class TextPattern
{
    /// <summary>Adds spans that cover the whole text in order, matches and what lies between them.</summary>
    public abstract void FindSpans(ReadOnlySpan<char> text, List<PatternSpan> spans);

    /// <summary>Adds the span between two matches where there is one, then the match.</summary>
    protected static void AddMatch(List<PatternSpan> spans, ref int covered, int start, int end)
    {
        if (covered < start)
        {
            spans.Add(new PatternSpan(covered, start, false));
        }

        spans.Add(new PatternSpan(start, end, true));
        covered = end;
    }

    /// <summary>Adds what lies after the last match.</summary>
    protected static void AddRest(List<PatternSpan> spans, int covered, int length)
    {
        if (covered < length)
        {
            spans.Add(new PatternSpan(covered, length, false));
        }
    }
}
