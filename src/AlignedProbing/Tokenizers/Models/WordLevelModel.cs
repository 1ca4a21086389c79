namespace AlignedProbing.Tokenizers.Models;

/// <summary>Every word is a token, or unknown.</summary>
/// <param name="vocabulary">The tokens.</param>
/// <param name="unknownToken">What any other word becomes.</param>
internal sealed class WordLevelModel(Vocabulary vocabulary, string unknownToken) : TokenModel
{
    public override int VocabularySize => vocabulary.Count;

    public override int? IdOf(string token) => vocabulary.IdOf(token);

    public override string? TokenOf(int id) => vocabulary.TokenOf(id);

    public override void Tokenize(ReadOnlySpan<char> piece, List<ModelToken> output)
    {
        if (!vocabulary.TryGetId(piece, out var id))
        {
            id = vocabulary.IdOf(unknownToken) ?? throw new TokenizerException(
                "tokenizing a text",
                $"the word '{piece}' is not in the vocabulary, and neither is the unknown token '{unknownToken}'",
                "Add the unknown token to the tokenizer's vocabulary");
        }

        output.Add(new ModelToken(id, 0, piece.Length));
    }
}
