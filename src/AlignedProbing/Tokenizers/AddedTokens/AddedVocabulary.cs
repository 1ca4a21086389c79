using AlignedProbing.Tokenizers.Models;
using AlignedProbing.Tokenizers.Normalizers;
using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.AddedTokens;

/// <summary>
/// The tokens beside the model's vocabulary. They are cut out of the text in two passes: those that are not normalized from the raw text, the others from
/// the normalized pieces between them.
/// </summary>
internal sealed class AddedVocabulary
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<int, AddedToken> _tokens = [];
    private readonly HashSet<string> _special = new(StringComparer.Ordinal);
    private readonly AddedTokenMatcher _raw;
    private readonly AddedTokenMatcher _normalized;
    private readonly Normalizer? _normalizer;
    private readonly bool _splitsSpecial;

    /// <param name="tokens">In the file's order. A token that the model knows has the model's id, any other the next free one, whatever the file says.</param>
    /// <param name="model">Knows the ids of its own tokens.</param>
    /// <param name="normalizer">What is done to the text, and so to the tokens that are looked for in normalized text.</param>
    /// <param name="splitsSpecial">Special tokens are not looked for in the text.</param>
    public AddedVocabulary(IReadOnlyList<AddedToken> tokens, TokenModel model, Normalizer? normalizer, bool splitsSpecial = false)
    {
        _normalizer = normalizer;
        _splitsSpecial = splitsSpecial;
        var nextId = model.VocabularySize;
        var order = new List<int>();
        foreach (var token in tokens)
        {
            if (token.Content.Length == 0)
            {
                continue;
            }

            if (token.Special)
            {
                _special.Add(token.Content);
            }

            if (!_ids.TryGetValue(token.Content, out var id))
            {
                id = model.IdOf(token.Content) ?? nextId;
                nextId = Math.Max(nextId, id == int.MaxValue ? id : id + 1);
                _ids.Add(token.Content, id);
                order.Add(id);
            }

            _tokens[id] = token;
        }

        // Special tokens first: where two have one text when normalized, the special one counts.
        var ordered = order.Select(id => (Id: id, Token: _tokens[id])).OrderByDescending(pair => pair.Token.Special).ToList();
        _raw = new AddedTokenMatcher(ordered.Where(pair => !pair.Token.Normalized).Select(pair => (pair.Token.Content, pair.Id)));
        _normalized = new AddedTokenMatcher(ordered.Where(pair => pair.Token.Normalized).Select(pair => (Normalize(pair.Token.Content), pair.Id)));
    }

    /// <summary>How many of the tokens are not in the model's vocabulary.</summary>
    public int CountBeside(TokenModel model) => _ids.Keys.Count(content => model.IdOf(content) is null);

    public int? IdOf(string content) => _ids.TryGetValue(content, out var id) ? id : null;

    public string? ContentOf(int id) => _tokens.GetValueOrDefault(id)?.Content;

    /// <summary>Whether a text is that of a special token.</summary>
    public bool IsSpecial(string content) => _special.Contains(content);

    /// <summary>Cuts the added tokens out of a text and normalizes what lies between them.</summary>
    /// <param name="text">The text, without lone surrogates.</param>
    /// <param name="raw">Room for the pieces between the two passes.</param>
    /// <param name="output">Takes the pieces.</param>
    public void Extract(string text, List<Piece> raw, List<Piece> output)
    {
        Split(_raw, new Piece(new AlignedText(text.AsMemory(), 0), 0, text.Length), raw);
        foreach (var piece in raw)
        {
            if (piece.IsToken)
            {
                output.Add(piece);
            }
            else
            {
                var sliced = piece.Text.Slice(piece.Start, piece.Length);
                var normalized = _normalizer?.Normalize(sliced) ?? sliced;
                Split(_normalized, new Piece(normalized, 0, normalized.Length), output);
            }
        }
    }

    private string Normalize(string content) =>
        _normalizer is null ? content : _normalizer.Normalize(new AlignedText(CharacterClasses.ReplaceLoneSurrogates(content).AsMemory(), 0)).Span.ToString();

    private void Split(AddedTokenMatcher matcher, in Piece whole, List<Piece> output)
    {
        var text = whole.Span;
        var covered = 0;
        var from = 0;
        while (matcher.Find(text, from) is var (start, end, id))
        {
            from = end;
            var token = _tokens[id];
            if (_splitsSpecial && _special.Contains(token.Content))
            {
                continue;
            }

            if (token.SingleWord && (EndsWithWord(text[..start]) || StartsWithWord(text[end..])))
            {
                continue;
            }

            if (token.LeftStrip)
            {
                while (start > covered && char.IsWhiteSpace(text[start - 1]))
                {
                    start--;
                }

                // White space that the token before this one already took is not taken twice.
                start = Math.Max(start, covered);
            }

            if (token.RightStrip)
            {
                while (end < text.Length && char.IsWhiteSpace(text[end]))
                {
                    end++;
                }
            }

            if (covered < start)
            {
                output.Add(new Piece(whole.Text, whole.Start + covered, start - covered));
            }

            if (start < end)
            {
                output.Add(new Piece(whole.Text, whole.Start + start, end - start, id));
            }

            covered = end;
        }

        if (covered < text.Length)
        {
            output.Add(new Piece(whole.Text, whole.Start + covered, text.Length - covered));
        }
    }

    private static bool EndsWithWord(ReadOnlySpan<char> text) =>
        text.Length > 0 && CharacterClasses.IsWord(CharacterClasses.CodePointAt(text, LastCharacter(text), out _));

    private static bool StartsWithWord(ReadOnlySpan<char> text) =>
        text.Length > 0 && CharacterClasses.IsWord(CharacterClasses.CodePointAt(text, 0, out _));

    private static int LastCharacter(ReadOnlySpan<char> text) =>
        char.IsLowSurrogate(text[^1]) && text.Length > 1 ? text.Length - 2 : text.Length - 1;
}
