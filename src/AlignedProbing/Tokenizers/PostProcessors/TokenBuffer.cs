namespace AlignedProbing.Tokenizers.PostProcessors;

/// <summary>The tokens of a text while they are collected and post-processed.</summary>
/// <param name="text">The original text.</param>
internal sealed class TokenBuffer(string text)
{
    public string Text => text;

    private const int CharactersOfToken = 3;
    private Dictionary<int, string>? _written;

    public List<int> Ids { get; } = new((text.Length / CharactersOfToken) + 8);

    public List<TextRange> Offsets { get; } = new((text.Length / CharactersOfToken) + 8);

    public void Add(int id, TextRange offsets)
    {
        Ids.Add(id);
        Offsets.Add(offsets);
    }

    /// <summary>Adds a token that is written otherwise than in the vocabulary: an added token with the white space that it took along.</summary>
    public void Add(int id, TextRange offsets, string written)
    {
        _written ??= [];
        _written.Add(Ids.Count, written);
        Add(id, offsets);
    }

    /// <summary>How the token at a position is written; null: as in the vocabulary.</summary>
    public string? WrittenAt(int position) => _written?.GetValueOrDefault(position);

    /// <summary>Adds all tokens of another buffer.</summary>
    public void AddRange(TokenBuffer other)
    {
        foreach (var (position, written) in other._written ?? [])
        {
            _written ??= [];
            _written.Add(Ids.Count + position, written);
        }

        Ids.AddRange(other.Ids);
        Offsets.AddRange(other.Offsets);
    }
}
