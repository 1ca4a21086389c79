using AlignedProbing.Tokenizers.Patterns;
using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.Normalizers;

/// <summary>Writes a fixed text in place of each match of a pattern; it takes the range of the match's last character.</summary>
internal sealed class ReplaceNormalizer(TextPattern pattern, string content) : Normalizer
{
    public override AlignedText Normalize(AlignedText text)
    {
        var spans = new List<PatternSpan>();
        pattern.FindSpans(text.Span, spans);
        if (!spans.Exists(span => span.IsMatch))
        {
            return text;
        }

        var writer = new AlignedTextWriter(text);
        foreach (var span in spans)
        {
            if (!span.IsMatch)
            {
                writer.CopyTo(span.End);
                continue;
            }

            writer.SkipTo(span.End);
            foreach (var rune in content.EnumerateRunes())
            {
                writer.Insert(rune);
            }
        }

        return writer.ToText();
    }
}
