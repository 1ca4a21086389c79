namespace AlignedProbing.Tokenizers.Decoders;

/// <summary>Reads the output of connectionist temporal classification: repeated tokens count once, padding not at all.</summary>
/// <param name="padding">The padding token.</param>
/// <param name="delimiter">What stands between words.</param>
/// <param name="cleanUp">Read the delimiter as a blank, and take out blanks before punctuation.</param>
internal sealed class CtcDecoder(string padding, string delimiter, bool cleanUp) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        var output = new List<string>(tokens.Count);
        for (var i = 0; i < tokens.Count; i++)
        {
            if (i > 0 && tokens[i] == tokens[i - 1])
            {
                continue;
            }

            var text = Replace(tokens[i], padding, "");
            if (cleanUp)
            {
                text = Replace(WordPieceDecoder.CleanUp(text), delimiter, " ");
            }

            if (text.Length > 0)
            {
                output.Add(text);
            }
        }

        return output;
    }

    private static string Replace(string text, string from, string to) => from.Length == 0 ? text : text.Replace(from, to, StringComparison.Ordinal);
}
