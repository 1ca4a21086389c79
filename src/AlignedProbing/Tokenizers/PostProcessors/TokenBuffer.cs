namespace AlignedProbing.Tokenizers;

/// <summary>The tokens of a text while they are collected and post-processed.</summary>
/// <param name="text">The original text.</param>
internal sealed class TokenBuffer(string text)
{
    public string Text => text;

    public List<int> Ids { get; } = [];

    public List<TextRange> Offsets { get; } = [];

    /// <summary>The texts of tokens that are not written as in the vocabulary: added tokens with the white space they took along; by position.</summary>
    public Dictionary<int, string> Written { get; } = [];

    public void Add(int id, TextRange offsets)
    {
        Ids.Add(id);
        Offsets.Add(offsets);
    }

    /// <summary>Adds all tokens of another buffer.</summary>
    public void AddRange(TokenBuffer other)
    {
        foreach (var (position, written) in other.Written)
        {
            Written.Add(Ids.Count + position, written);
        }

        Ids.AddRange(other.Ids);
        Offsets.AddRange(other.Offsets);
    }
}
