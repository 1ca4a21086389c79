using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.Patterns;

/// <summary>Cuts a piece where a pattern says, and deals with the delimiters as asked.</summary>
/// <param name="pattern">Finds the delimiters.</param>
/// <param name="behavior">What becomes of them.</param>
/// <param name="invert">The pattern finds the words instead; what lies between is the delimiter.</param>
internal sealed class PieceSplitter(TextPattern pattern, SplitBehavior behavior, bool invert)
{
    [ThreadStatic]
    private static List<PatternSpan>? _spans;

    public void Split(in Piece piece, List<Piece> output)
    {
        var spans = _spans ??= [];
        spans.Clear();
        pattern.FindSpans(piece.Span, spans);
        switch (behavior)
        {
            case SplitBehavior.Removed:
                foreach (var span in spans)
                {
                    if (span.IsMatch == invert)
                    {
                        Add(piece, span.Start, span.End, output);
                    }
                }

                break;
            case SplitBehavior.Isolated:
                foreach (var span in spans)
                {
                    Add(piece, span.Start, span.End, output);
                }

                break;
            case SplitBehavior.Contiguous:
                Merge(piece, spans, static (match, previous) => match == previous, output);
                break;
            case SplitBehavior.MergedWithPrevious:
                Merge(piece, spans, static (match, previous) => match && !previous, output);
                break;
            case SplitBehavior.MergedWithNext:
                MergeWithNext(piece, spans, output);
                break;
            default:
                throw new InvalidOperationException($"Behaviour {behavior} is not known.");
        }
    }

    private void Merge(in Piece piece, List<PatternSpan> spans, Func<bool, bool, bool> belongsToPrevious, List<Piece> output)
    {
        var previous = false;
        var start = 0;
        var end = 0;
        foreach (var span in spans)
        {
            var match = span.IsMatch != invert;
            if (!belongsToPrevious(match, previous))
            {
                Add(piece, start, end, output);
                start = span.Start;
            }

            end = span.End;
            previous = match;
        }

        Add(piece, start, end, output);
    }

    private void MergeWithNext(in Piece piece, List<PatternSpan> spans, List<Piece> output)
    {
        // A delimiter goes with what follows it, unless that is a delimiter too.
        var start = 0;
        for (var i = 0; i < spans.Count; i++)
        {
            var match = spans[i].IsMatch != invert;
            var nextIsMatch = i + 1 < spans.Count && spans[i + 1].IsMatch != invert;
            if (!match || nextIsMatch || i + 1 == spans.Count)
            {
                Add(piece, start, spans[i].End, output);
                start = spans[i].End;
            }
        }
    }

    private static void Add(in Piece piece, int start, int end, List<Piece> output)
    {
        if (start < end)
        {
            output.Add(new Piece(piece.Text, piece.Start + start, end - start));
        }
    }
}
