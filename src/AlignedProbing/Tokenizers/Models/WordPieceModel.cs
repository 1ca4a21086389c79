using System.Text;

namespace AlignedProbing.Tokenizers.Models;

/// <summary>WordPiece (Wu et al. 2016, as BERT has it): the longest token that a word begins with, then the longest that goes on, and so forth.</summary>
internal sealed class WordPieceModel : TokenModel
{
    private readonly Vocabulary _vocabulary;
    private readonly string _unknownToken;
    private readonly string _prefix;
    private readonly int _longestWord;
    private readonly int _longestToken;

    /// <param name="vocabulary">The tokens.</param>
    /// <param name="unknownToken">What a word becomes that cannot be written in tokens.</param>
    /// <param name="prefix">How a token begins that goes on a word.</param>
    /// <param name="longestWord">A word of more code points is unknown.</param>
    /// <param name="longestToken">Length of the longest token in code units.</param>
    public WordPieceModel(Vocabulary vocabulary, string unknownToken, string prefix, int longestWord, int longestToken)
    {
        _vocabulary = vocabulary;
        _unknownToken = unknownToken;
        _prefix = prefix;
        _longestWord = longestWord;
        _longestToken = longestToken;
    }

    public override int VocabularySize => _vocabulary.Count;

    public override int? IdOf(string token) => _vocabulary.IdOf(token);

    public override string? TokenOf(int id) => _vocabulary.TokenOf(id);

    public override void Tokenize(ReadOnlySpan<char> piece, List<ModelToken> output)
    {
        var first = output.Count;
        if (CountCodePoints(piece) > _longestWord || !TryTokenize(piece, output))
        {
            output.RemoveRange(first, output.Count - first);
            var unknown = _vocabulary.IdOf(_unknownToken) ?? throw new TokenizerException(
                "tokenizing a text",
                $"the word '{piece}' is not in the vocabulary, and neither is the unknown token '{_unknownToken}'",
                "Add the unknown token to the tokenizer's vocabulary");
            output.Add(new ModelToken(unknown, 0, piece.Length));
        }
    }

    private bool TryTokenize(ReadOnlySpan<char> piece, List<ModelToken> output)
    {
        var buffer = new char[_prefix.Length + Math.Min(piece.Length, _longestToken)];
        _prefix.CopyTo(buffer);
        for (var start = 0; start < piece.Length;)
        {
            var end = Math.Min(piece.Length, start + _longestToken);
            if (end < piece.Length && char.IsLowSurrogate(piece[end]))
            {
                end--;
            }

            var id = -1;
            for (; end > start; end -= char.IsLowSurrogate(piece[end - 1]) ? 2 : 1)
            {
                piece[start..end].CopyTo(buffer.AsSpan(_prefix.Length));
                var from = start == 0 ? _prefix.Length : 0;
                if (_vocabulary.TryGetId(buffer.AsSpan(from, _prefix.Length - from + end - start), out id))
                {
                    break;
                }

                id = -1;
            }

            if (id < 0)
            {
                return false;
            }

            output.Add(new ModelToken(id, start, end));
            start = end;
        }

        return true;
    }

    private static int CountCodePoints(ReadOnlySpan<char> piece)
    {
        var count = 0;
        foreach (Rune _ in piece.EnumerateRunes())
        {
            count++;
        }

        return count;
    }
}
