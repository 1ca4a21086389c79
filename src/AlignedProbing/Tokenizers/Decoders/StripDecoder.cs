namespace AlignedProbing.Tokenizers.Decoders;

/// <summary>Leaves out a character at the ends of each piece, a number of times at most.</summary>
/// <param name="character">The character, as a string.</param>
/// <param name="start">How often at the beginning.</param>
/// <param name="stop">How often at the end.</param>
internal sealed class StripDecoder(string character, int start, int stop) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            var from = 0;
            for (var count = 0; count < start && token.AsSpan(from).StartsWith(character, StringComparison.Ordinal); count++)
            {
                from += character.Length;
            }

            var to = token.Length;
            for (var count = 0; count < stop && to > from && token.AsSpan(0, to).EndsWith(character, StringComparison.Ordinal); count++)
            {
                to -= character.Length;
            }

            tokens[i] = token[from..Math.Max(from, to)];
        }

        return tokens;
    }
}
