using System.Globalization;
using System.Text;
using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.Models;

/// <summary>
/// A unigram language model over pieces (Kudo 2018): of all ways to write a text in its tokens the one of the largest sum of log-probabilities. Characters
/// that no token covers cost ten more than the rarest token; neighbouring ones become one unknown token.
/// </summary>
internal sealed class UnigramModel : TokenModel
{
    private const double UnknownPenalty = 10;
    private readonly IReadOnlyList<(string Token, double Score)> _vocabulary;
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly CharacterTrie _trie = new();
    private readonly int? _unknownId;
    private readonly double _unknownScore;
    private readonly int[]? _byteTokens;

    /// <param name="vocabulary">The tokens with their log-probabilities; an id is a position. Where a token comes twice its last id counts.</param>
    /// <param name="unknownId">The id of the unknown token; null: a character that no token covers is an error.</param>
    /// <param name="byteFallback">Unknown text becomes the tokens of its UTF-8 bytes, where all of them are there.</param>
    public UnigramModel(IReadOnlyList<(string Token, double Score)> vocabulary, int? unknownId, bool byteFallback)
    {
        if (unknownId >= vocabulary.Count)
        {
            throw new TokenizerException(
                "reading the tokenizer's vocabulary",
                string.Create(CultureInfo.InvariantCulture, $"'unk_id' is {unknownId}, but there are {vocabulary.Count} tokens"),
                "Fix 'unk_id' in the file");
        }

        _vocabulary = vocabulary;
        _unknownId = unknownId;
        _ids = new Dictionary<string, int>(vocabulary.Count, StringComparer.Ordinal);
        _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        var lowest = double.PositiveInfinity;
        for (var id = 0; id < vocabulary.Count; id++)
        {
            _ids[vocabulary[id].Token] = id;
            lowest = Math.Min(lowest, vocabulary[id].Score);
        }

        _unknownScore = lowest - UnknownPenalty;
        foreach (var (token, id) in _ids)
        {
            if (token.Length > 0)
            {
                _trie.TryAdd(token, id);
            }
        }

        if (byteFallback)
        {
            _byteTokens = new int[256];
            for (var value = 0; value < 256; value++)
            {
                _byteTokens[value] = IdOf(string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>")) ?? -1;
            }
        }
    }

    public override int VocabularySize => _vocabulary.Count;

    public override int? IdOf(string token) => _ids.TryGetValue(token, out var id) ? id : null;

    public override string? TokenOf(int id) => (uint)id < (uint)_vocabulary.Count ? _vocabulary[id].Token : null;

    public override void Tokenize(ReadOnlySpan<char> piece, List<ModelToken> output)
    {
        var best = FindBestPath(piece);
        var first = output.Count;
        var unknownEnd = -1;
        for (var end = piece.Length; end > 0; end = best[end].Start)
        {
            if (best[end].Id == _unknownId)
            {
                unknownEnd = Math.Max(unknownEnd, end);
            }
            else
            {
                AddUnknown(piece, end, ref unknownEnd, output);
                output.Add(new ModelToken(best[end].Id, best[end].Start, end));
            }
        }

        AddUnknown(piece, 0, ref unknownEnd, output);
        output.Reverse(first, output.Count - first);
    }

    /// <summary>For each position the best token that ends there, with where it begins.</summary>
    private (int Id, int Start, double Score)[] FindBestPath(ReadOnlySpan<char> piece)
    {
        var best = new (int Id, int Start, double Score)[piece.Length + 1];
        Array.Fill(best, (0, -1, 0));
        for (var start = 0; start < piece.Length;)
        {
            var scoreHere = best[start].Score;
            CharacterClasses.CodePointAt(piece, start, out var characterLength);
            var hasSingle = false;
            var node = CharacterTrie.Root;
            for (var i = start; i < piece.Length && _trie.TryStep(ref node, piece[i]); i++)
            {
                var id = _trie.ValueOf(node);
                if (id >= 0)
                {
                    Improve(ref best[i + 1], id, start, scoreHere + _vocabulary[id].Score);
                    hasSingle |= i + 1 - start == characterLength;
                }
            }

            if (!hasSingle)
            {
                var unknown = _unknownId
                    ?? throw new TokenizerException(
                        "tokenizing a text",
                        $"no token covers '{piece.Slice(start, characterLength)}' and the file names no 'unk_id'",
                        "Name the unknown token's id in the file");
                Improve(ref best[start + characterLength], unknown, start, scoreHere + _unknownScore);
            }

            start += characterLength;
        }

        return best;
    }

    private static void Improve(ref (int Id, int Start, double Score) node, int id, int start, double score)
    {
        if (node.Start < 0 || score > node.Score)
        {
            node = (id, start, score);
        }
    }

    /// <summary>Adds, in reverse, the tokens of an unknown part that ends at <paramref name="unknownEnd"/>.</summary>
    private void AddUnknown(ReadOnlySpan<char> piece, int start, ref int unknownEnd, List<ModelToken> output)
    {
        var end = unknownEnd;
        if (end < 0)
        {
            return;
        }

        unknownEnd = -1;
        if (_lookup.TryGetValue(piece[start..end], out var id))
        {
            output.Add(new ModelToken(id, start, end));
        }
        else if (!TryAddBytes(piece, start, end, output))
        {
            output.Add(new ModelToken(_unknownId!.Value, start, end));
        }
    }

    private bool TryAddBytes(ReadOnlySpan<char> piece, int start, int end, List<ModelToken> output)
    {
        if (_byteTokens is null)
        {
            return false;
        }

        var bytes = Encoding.UTF8.GetBytes(piece[start..end].ToString());
        if (Array.Exists(bytes, value => _byteTokens[value] < 0))
        {
            return false;
        }

        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            output.Add(new ModelToken(_byteTokens[bytes[i]], start, end));
        }

        return true;
    }
}
