using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.PreTokenizers;

/// <summary>Cuts after every so many characters.</summary>
/// <param name="length">Number of code points in a piece; at least 1.</param>
internal sealed class FixedLengthPreTokenizer(int length) : PreTokenizer
{
    public override void Split(in Piece piece, List<Piece> output)
    {
        var span = piece.Span;
        for (var start = 0; start < span.Length;)
        {
            var end = start;
            for (var i = 0; i < length && end < span.Length; i++)
            {
                end += char.IsHighSurrogate(span[end]) ? 2 : 1;
            }

            output.Add(new Piece(piece.Text, piece.Start + start, end - start));
            start = end;
        }
    }
}
