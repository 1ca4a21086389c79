using System.Globalization;
using AlignedProbing.Tokenizers.Files;

namespace AlignedProbing.Tokenizers.Models;

/// <summary>Collects merges in order of their rank.</summary>
/// <param name="vocabulary">Has both parts and the result of each.</param>
/// <param name="prefixLength">Length of the prefix of tokens that go on a word, which the result of a merge does not repeat.</param>
internal sealed class MergeTableBuilder(Vocabulary vocabulary, int prefixLength)
{
    private const int LongestOnStack = 256;
    private readonly List<(int Left, int Right, int Id)> _merges = [];

    /// <summary>How many were added.</summary>
    public int Count => _merges.Count;

    /// <summary>Adds a merge written as "left right".</summary>
    public void AddLine(ReadOnlySpan<char> line)
    {
        if (line.StartsWith("#version"))
        {
            return;
        }

        var space = line.IndexOf(' ');
        if (space < 0 || line[(space + 1)..].Contains(' '))
        {
            throw Wrong($"the merge '{line}' is not two tokens with one space between");
        }

        Add(line[..space], line[(space + 1)..]);
    }

    public void Add(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        if (right.Length < prefixLength)
        {
            throw Wrong($"the right part of the merge '{left} {right}' lacks the prefix of tokens that go on a word");
        }

        var tail = right[prefixLength..];
        var length = left.Length + tail.Length;
        var merged = length <= LongestOnStack ? stackalloc char[LongestOnStack] : new char[length];
        left.CopyTo(merged);
        tail.CopyTo(merged[left.Length..]);
        _merges.Add((IdOf(left), IdOf(right), IdOf(merged[..length])));
    }

    public MergeTable Build()
    {
        var table = new MergeTable(_merges.Count);
        for (var rank = 0; rank < _merges.Count; rank++)
        {
            table.Add(_merges[rank].Left, _merges[rank].Right, rank, _merges[rank].Id);
        }

        return table;
    }

    private int IdOf(ReadOnlySpan<char> token) =>
        vocabulary.TryGetId(token, out var id) ? id : throw Wrong($"it names the token '{token}', which the vocabulary lacks");

    private TokenizerException Wrong(string found) => JsonComponent.Wrong(string.Create(CultureInfo.InvariantCulture, $"merge {Count}: {found}"));
}
