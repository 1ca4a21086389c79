namespace AlignedProbing.Tokenizers.Models;

/// <summary>
/// Remembers the tokens of words that were seen. Its size is fixed; a word takes the place of another one that falls on the same slot. Reading and writing
/// need no lock: a slot holds one reference to an object that never changes.
/// </summary>
/// <param name="model">What it remembers the tokens of.</param>
internal sealed class WordCache(TokenModel model)
{
    private const int Slots = 1 << 15;
    private const int LongestWord = 48;
    private readonly Entry?[] _entries = new Entry?[Slots];

    [ThreadStatic]
    private static List<ModelToken>? _tokens;

    /// <summary>The tokens of a word; valid until this thread asks for the next.</summary>
    public ReadOnlySpan<ModelToken> Tokenize(ReadOnlySpan<char> word)
    {
        var slot = string.GetHashCode(word) & (Slots - 1);
        var entry = _entries[slot];
        if (entry is not null && word.SequenceEqual(entry.Word))
        {
            return entry.Tokens;
        }

        var tokens = _tokens ??= [];
        tokens.Clear();
        model.Tokenize(word, tokens);
        if (word.Length <= LongestWord)
        {
            entry = new Entry(word.ToString(), [.. tokens]);
            _entries[slot] = entry;
            return entry.Tokens;
        }

        return System.Runtime.InteropServices.CollectionsMarshal.AsSpan(tokens);
    }

    private sealed record Entry(string Word, ModelToken[] Tokens);
}
