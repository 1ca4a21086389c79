namespace AlignedProbing.Tokenizers;

/// <summary>
/// A byte-pair model over a byte-level vocabulary that takes plain text: the last step of the pre-tokenizer (writing the text in the byte alphabet) and the
/// model in one.
/// </summary>
internal sealed class ByteLevelModel(BytePairModel model) : TokenModel
{
    public override int VocabularySize => model.VocabularySize;

    public override void Tokenize(ReadOnlySpan<char> piece, List<ModelToken> output) => model.TokenizeBytes(piece, output);

    public override int? IdOf(string token) => model.IdOf(token);

    public override string? TokenOf(int id) => model.TokenOf(id);
}
