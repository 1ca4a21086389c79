namespace AlignedProbing.Tokenizers.Text;

/// <summary>Texts by their prefixes, each with a number.</summary>
internal sealed class CharacterTrie
{
    /// <summary>The node to begin at.</summary>
    public const int Root = 0;

    private readonly Dictionary<long, int> _children = [];
    private readonly List<int> _values = [-1];

    /// <summary>Adds a text that is not empty; false where it is there already, and keeps its number.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">Its number, zero or more.</param>
    public bool TryAdd(string text, int value)
    {
        var node = Root;
        foreach (var character in text)
        {
            if (!_children.TryGetValue(Key(node, character), out var next))
            {
                next = _values.Count;
                _values.Add(-1);
                _children.Add(Key(node, character), next);
            }

            node = next;
        }

        if (_values[node] >= 0)
        {
            return false;
        }

        _values[node] = value;
        return true;
    }

    /// <summary>Goes one character further; false where no text goes on with it.</summary>
    public bool TryStep(ref int node, char character) => _children.TryGetValue(Key(node, character), out node);

    /// <summary>The number of the text that ends at a node, or -1.</summary>
    public int ValueOf(int node) => _values[node];

    private static long Key(int node, char character) => ((long)node << 16) | character;
}
