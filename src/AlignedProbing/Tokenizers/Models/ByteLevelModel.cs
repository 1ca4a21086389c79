using System.Text;
using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.Models;

/// <summary>
/// A byte-pair model over a byte-level vocabulary that takes plain text: the last step of the pre-tokenizer (writing the text in the byte alphabet) and the
/// model in one.
/// </summary>
internal sealed class ByteLevelModel(BytePairModel model) : TokenModel
{
    public override int VocabularySize => model.VocabularySize;

    public override int? IdOf(string token) => model.IdOf(token);

    public override string? TokenOf(int id) => model.TokenOf(id);

    public override void Tokenize(ReadOnlySpan<char> piece, List<ModelToken> output)
    {
        if (model.TryTokenizeBytes(piece, output))
        {
            return;
        }

        var bytes = Encoding.UTF8.GetBytes(piece.ToString());
        var first = output.Count;
        model.Tokenize(Array.ConvertAll(bytes, ByteAlphabet.ToCharacter), output);
        using var positions = new Utf8Positions(piece);
        for (var i = first; i < output.Count; i++)
        {
            output[i] = new ModelToken(output[i].Id, positions.StartOf(output[i].Start), positions.EndOf(output[i].End - 1));
        }
    }
}
