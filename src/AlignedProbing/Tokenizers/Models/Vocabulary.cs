using System.Globalization;

namespace AlignedProbing.Tokenizers.Models;

/// <summary>Tokens and their ids, both ways.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly string?[] _dense;
    private readonly Dictionary<int, string> _sparse = [];

    /// <param name="ids">Token to id; kept, not copied. Ids are not negative.</param>
    public Vocabulary(Dictionary<string, int> ids)
    {
        _ids = ids;
        _lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();

        // A file may name an id of two thousand million: the table does not follow it there.
        _dense = new string?[Math.Min(ids.Count == 0 ? 0 : ids.Values.Max() + 1L, (2L * ids.Count) + 1024)];
        foreach (var (token, id) in ids)
        {
            if (id < 0)
            {
                throw new TokenizerException(
                    "reading the tokenizer's vocabulary",
                    string.Create(CultureInfo.InvariantCulture, $"the token '{token}' has the id {id}"),
                    "Ids are zero or more: fix the file");
            }

            if (id < _dense.Length)
            {
                _dense[id] = token;
            }
            else
            {
                _sparse[id] = token;
            }
        }
    }

    public int Count => _ids.Count;

    public bool TryGetId(ReadOnlySpan<char> token, out int id) => _lookup.TryGetValue(token, out id);

    public int? IdOf(string token) => _ids.TryGetValue(token, out var id) ? id : null;

    public string? TokenOf(int id) => (uint)id < (uint)_dense.Length ? _dense[id] : _sparse.GetValueOrDefault(id);
}
