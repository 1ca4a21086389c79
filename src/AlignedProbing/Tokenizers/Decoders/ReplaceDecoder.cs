using System.Text;
using AlignedProbing.Tokenizers.Patterns;

namespace AlignedProbing.Tokenizers.Decoders;

/// <summary>Writes a fixed text in place of each match of a pattern.</summary>
internal sealed class ReplaceDecoder(TextPattern pattern, string content) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        var spans = new List<PatternSpan>();
        var output = new StringBuilder();
        for (var i = 0; i < tokens.Count; i++)
        {
            spans.Clear();
            pattern.FindSpans(tokens[i], spans);
            if (!spans.Exists(span => span.IsMatch))
            {
                continue;
            }

            output.Clear();
            foreach (var span in spans)
            {
                if (span.IsMatch)
                {
                    output.Append(content);
                }
                else
                {
                    output.Append(tokens[i].AsSpan(span.Start, span.End - span.Start));
                }
            }

            tokens[i] = output.ToString();
        }

        return tokens;
    }
}
