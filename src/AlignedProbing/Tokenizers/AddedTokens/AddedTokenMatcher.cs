using System.Buffers;
using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.AddedTokens;

/// <summary>Finds the leftmost, and there the longest, of many texts.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly CharacterTrie _trie = new();
    private readonly SearchValues<char> _firstCharacters;

    /// <param name="tokens">The texts to find and their ids; where a text comes twice the first counts, an empty one is not looked for.</param>
    public AddedTokenMatcher(IEnumerable<(string Content, int Id)> tokens)
    {
        var first = new HashSet<char>();
        foreach (var (content, id) in tokens)
        {
            if (content.Length > 0)
            {
                first.Add(content[0]);
                _trie.TryAdd(content, id);
            }
        }

        _firstCharacters = SearchValues.Create([.. first]);
    }

    /// <summary>The next match at or after <paramref name="from"/>, or null.</summary>
    public (int Start, int End, int Id)? Find(ReadOnlySpan<char> text, int from)
    {
        while (from < text.Length)
        {
            var offset = text[from..].IndexOfAny(_firstCharacters);
            if (offset < 0)
            {
                return null;
            }

            from += offset;
            var node = CharacterTrie.Root;
            var (end, id) = (0, -1);
            for (var i = from; i < text.Length && _trie.TryStep(ref node, text[i]); i++)
            {
                if (_trie.ValueOf(node) >= 0)
                {
                    (end, id) = (i + 1, _trie.ValueOf(node));
                }
            }

            if (id >= 0)
            {
                return (from, end, id);
            }

            from++;
        }

        return null;
    }
}
