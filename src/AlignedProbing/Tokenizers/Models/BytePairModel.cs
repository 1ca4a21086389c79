using System.Globalization;
using System.Text;
using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.Models;

/// <summary>How a byte-pair model deals with what its vocabulary lacks.</summary>
/// <param name="UnknownToken">The token for a character that the vocabulary lacks; null: such characters are dropped.</param>
/// <param name="ContinuingPrefix">Written before each character of a word but the first, when it is looked up.</param>
/// <param name="EndSuffix">Written after the last character of a word, when it is looked up.</param>
/// <param name="FuseUnknown">Neighbouring unknown characters become one token.</param>
/// <param name="ByteFallback">An unknown character becomes the tokens of its UTF-8 bytes, <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>, where all of them are
/// there.</param>
/// <param name="IgnoreMerges">A word that is a token is that token, whatever the merges say.</param>
internal sealed record BytePairOptions(
    string? UnknownToken, string ContinuingPrefix, string EndSuffix, bool FuseUnknown, bool ByteFallback, bool IgnoreMerges);

/// <summary>
/// Byte-pair encoding (Sennrich et al. 2016): the characters of a word are merged pair by pair, the pair of the lowest rank first, the leftmost among equals.
/// </summary>
internal sealed class BytePairModel : TokenModel
{
    private readonly Vocabulary _vocabulary;
    private readonly MergeTable _merges;
    private readonly BytePairOptions _options;
    private readonly int _unknownId;
    private readonly int[]? _byteTokens;
    private readonly int[] _byteCharacters;

    public BytePairModel(Vocabulary vocabulary, MergeTable merges, BytePairOptions options)
    {
        _vocabulary = vocabulary;
        _merges = merges;
        _options = options;
        _unknownId = options.UnknownToken is null ? -1 : vocabulary.IdOf(options.UnknownToken) ?? -1;
        _byteTokens = options.ByteFallback ? ByteTokens(vocabulary) : null;
        _byteCharacters = ByteCharacters(vocabulary);
    }

    public override int VocabularySize => _vocabulary.Count;

    public override int? IdOf(string token) => _vocabulary.IdOf(token);

    public override string? TokenOf(int id) => _vocabulary.TokenOf(id);

    public override void Tokenize(ReadOnlySpan<char> piece, List<ModelToken> output)
    {
        if (_options.IgnoreMerges && _vocabulary.TryGetId(piece, out var whole))
        {
            output.Add(new ModelToken(whole, 0, piece.Length));
            return;
        }

        var workspace = MergeWorkspace.Rent();
        var unknownBytes = 0;
        for (var i = 0; i < piece.Length;)
        {
            var rune = new Rune(CharacterClasses.CodePointAt(piece, i, out var length));
            var character = piece.Slice(i, length);
            var known = TryGetCharacter(character, i == 0, i + length == piece.Length, out var id);
            i += length;
            if (known)
            {
                AddUnknown(workspace, ref unknownBytes);
                workspace.Add(id, rune.Utf8SequenceLength);
            }
            else if (!TryAddBytes(workspace, rune))
            {
                RequireUnknownToken(character);
                if (_unknownId >= 0)
                {
                    if (!_options.FuseUnknown)
                    {
                        AddUnknown(workspace, ref unknownBytes);
                    }

                    unknownBytes += rune.Utf8SequenceLength;
                }
            }
        }

        AddUnknown(workspace, ref unknownBytes);
        workspace.Merge(_merges, piece, output);
    }

    /// <summary>Tokenizes a piece by its UTF-8 bytes, without writing it in the byte alphabet first.</summary>
    /// <returns>False, and nothing is added, where that does not give what <see cref="Tokenize"/> gives for the piece in the byte alphabet.</returns>
    public bool TryTokenizeBytes(ReadOnlySpan<char> piece, List<ModelToken> output)
    {
        if (_options.ContinuingPrefix.Length > 0 || _options.EndSuffix.Length > 0)
        {
            return false;
        }

        var count = Encoding.UTF8.GetMaxByteCount(piece.Length);
        var bytes = count <= 512 ? stackalloc byte[512] : new byte[count];
        bytes = bytes[..Encoding.UTF8.GetBytes(piece, bytes)];
        if (_options.IgnoreMerges)
        {
            var word = bytes.Length <= 512 ? stackalloc char[512] : new char[bytes.Length];
            for (var i = 0; i < bytes.Length; i++)
            {
                word[i] = ByteAlphabet.ToCharacter(bytes[i]);
            }

            if (_vocabulary.TryGetId(word[..bytes.Length], out var whole))
            {
                output.Add(new ModelToken(whole, 0, piece.Length));
                return true;
            }
        }

        var workspace = MergeWorkspace.Rent();
        foreach (var value in bytes)
        {
            if (_byteCharacters[value] < 0)
            {
                return false;
            }

            workspace.Add(_byteCharacters[value], 1);
        }

        workspace.Merge(_merges, piece, output);
        return true;
    }

    private bool TryGetCharacter(ReadOnlySpan<char> character, bool isFirst, bool isLast, out int id)
    {
        var prefix = isFirst ? "" : _options.ContinuingPrefix;
        var suffix = isLast ? _options.EndSuffix : "";
        return prefix.Length == 0 && suffix.Length == 0
            ? _vocabulary.TryGetId(character, out id)
            : _vocabulary.TryGetId(string.Concat(prefix, character, suffix), out id);
    }

    private void AddUnknown(MergeWorkspace workspace, ref int unknownBytes)
    {
        if (unknownBytes > 0)
        {
            workspace.Add(_unknownId, unknownBytes);
            unknownBytes = 0;
        }
    }

    private bool TryAddBytes(MergeWorkspace workspace, Rune rune)
    {
        if (_byteTokens is null)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[4];
        bytes = bytes[..rune.EncodeToUtf8(bytes)];
        foreach (var value in bytes)
        {
            if (_byteTokens[value] < 0)
            {
                return false;
            }
        }

        foreach (var value in bytes)
        {
            workspace.Add(_byteTokens[value], 1);
        }

        return true;
    }

    private void RequireUnknownToken(ReadOnlySpan<char> character)
    {
        if (_options.UnknownToken is not null && _unknownId < 0)
        {
            throw new TokenizerException(
                "tokenizing a text",
                $"the vocabulary has neither '{character}' nor the unknown token '{_options.UnknownToken}' that the file names",
                "Add the unknown token to the tokenizer's vocabulary");
        }
    }

    private static int[] ByteTokens(Vocabulary vocabulary)
    {
        var ids = new int[256];
        for (var value = 0; value < 256; value++)
        {
            ids[value] = vocabulary.IdOf(string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>")) ?? -1;
        }

        return ids;
    }

    private static int[] ByteCharacters(Vocabulary vocabulary)
    {
        var ids = new int[256];
        for (var value = 0; value < 256; value++)
        {
            ids[value] = vocabulary.IdOf(ByteAlphabet.ToCharacter((byte)value).ToString()) ?? -1;
        }

        return ids;
    }
}
