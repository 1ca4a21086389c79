using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.PreTokenizers;

/// <summary>Cuts a normalized text into the pieces that the model sees one by one. Used by many threads at once.</summary>
internal abstract class PreTokenizer
{
    /// <summary>Adds the pieces that a piece falls into; none of them is empty.</summary>
    public abstract void Split(in Piece piece, List<Piece> output);

    /// <summary>Applies it to all pieces that are not tokens already.</summary>
    public void Split(List<Piece> pieces, List<Piece> output)
    {
        foreach (var piece in pieces)
        {
            if (piece.IsToken)
            {
                output.Add(piece);
            }
            else
            {
                Split(piece, output);
            }
        }
    }
}
