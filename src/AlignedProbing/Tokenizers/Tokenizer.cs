using AlignedProbing.Tokenizers.AddedTokens;
using AlignedProbing.Tokenizers.Decoders;
using AlignedProbing.Tokenizers.Files;
using AlignedProbing.Tokenizers.Models;
using AlignedProbing.Tokenizers.Normalizers;
using AlignedProbing.Tokenizers.PostProcessors;
using AlignedProbing.Tokenizers.PreTokenizers;
using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers;

/// <summary>
/// A tokenizer as a Hugging Face model folder describes it: text to token ids with the part of the text that each stands for, and ids back to text. The ids,
/// the ranges and the text are those of the Rust library <c>tokenizers</c> 0.22. An instance never changes and may be used by many threads at once.
/// </summary>
/// <remarks>
/// A lone surrogate, which no Unicode encoding can write, counts as U+FFFD. Truncation and padding that a file asks for are ignored.
/// </remarks>
public sealed class Tokenizer
{
    private const int MostPiecesKept = 1 << 14;

    [ThreadStatic]
    private static (List<Piece>, List<Piece>)? _lists;

    private readonly AddedVocabulary _added;
    private readonly TokenModel _model;
    private readonly IReadOnlyList<PreTokenizer> _preTokenizers;
    private readonly PostProcessor? _postProcessor;
    private readonly TokenDecoder? _decoder;
    private readonly WordCache _words;
    private readonly Func<int, string?> _tokenOf;
    private readonly bool _cleansUpBlanks;

    internal Tokenizer(TokenizerParts parts)
    {
        _model = parts.Model;
        _preTokenizers = parts.PreTokenizers;
        _postProcessor = parts.PostProcessor;
        _decoder = parts.Decoder;
        _added = new AddedVocabulary(parts.AddedTokens, parts.Model, parts.Normalizer, parts.SplitsSpecialTokens);
        _cleansUpBlanks = parts.CleansUpBlanks;
        _tokenOf = id => _added.ContentOf(id) ?? _model.TokenOf(id);
        AddsPrefixSpace =
            WritesPrefixSpace(parts.Normalizer)
            || parts.PreTokenizers.Any(step =>
                step is ByteLevelPreTokenizer { AddPrefixSpace: true } or MetaspacePreTokenizer { Scheme: not PrependScheme.Never });

        // The last step before a byte-level model, writing the byte alphabet, is work that the model can do without.
        var wordModel = _model;
        if (_preTokenizers.Count > 0 && _preTokenizers[^1] is ByteLevelPreTokenizer last && _model is BytePairModel bytePair)
        {
            wordModel = new ByteLevelModel(bytePair);
            _preTokenizers = [.. _preTokenizers.SkipLast(1), new ByteLevelPreTokenizer(last.AddPrefixSpace, last.UseRegex, writesAlphabet: false)];
        }

        _words = new WordCache(wordModel);
    }

    /// <summary>Number of ids: all tokens of the vocabulary and the added ones beside it. Ids may have gaps, so that the largest can be higher.</summary>
    public int VocabularySize => _model.VocabularySize + _added.CountBeside(_model);

    /// <summary>
    /// Whether the tokenizer writes a blank before a text's first word itself (SentencePiece's <c>▁</c>, or a byte-level prefix space): a text that is
    /// tokenized to go on another one then must not begin with one.
    /// </summary>
    public bool AddsPrefixSpace { get; }

    /// <summary>Reads the tokenizer of a model folder.</summary>
    /// <param name="folder">
    /// A GGUF file; or a folder with <c>tokenizer.json</c>, or in the form from before it: <c>vocab.txt</c> (BERT), <c>vocab.json</c> and <c>merges.txt</c>
    /// (GPT-2, RoBERTa, Qwen2) or a SentencePiece model (Llama, T5, XLM-RoBERTa), with a <c>tokenizer_config.json</c> or <c>config.json</c> that names the
    /// class.
    /// </param>
    /// <exception cref="TokenizerException">There is none, it cannot be read, or it has a part that is not known.</exception>
    public static Tokenizer FromFolder(string folder) => TokenizerFolder.Read(folder);

    /// <summary>Reads a <c>tokenizer.json</c>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="TokenizerException">It cannot be read, or has a part that is not known.</exception>
    public static Tokenizer FromFile(string path) => TokenizerFolder.ReadFile(path);

    /// <summary>Turns a text into tokens.</summary>
    /// <param name="text">The text; an empty one has no tokens but special ones.</param>
    /// <param name="addSpecialTokens">Whether to add the tokens that the tokenizer puts around a text, such as one for its beginning.</param>
    /// <exception cref="TokenizerException">The tokenizer has no token for a part of the text and no unknown token, or its pattern takes too long on
    /// it.</exception>
    public TokenizedText Encode(string text, bool addSpecialTokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        text = CharacterClasses.ReplaceLoneSurrogates(text);
        var (pieces, others) = _lists ??= ([], []);
        pieces.Clear();
        others.Clear();
        _added.Extract(text, others, pieces);
        foreach (var step in _preTokenizers)
        {
            others.Clear();
            step.Split(pieces, others);
            (pieces, others) = (others, pieces);
        }

        var tokens = new TokenBuffer(text);
        foreach (var piece in pieces)
        {
            if (piece.IsToken)
            {
                tokens.Add(piece.TokenId, piece.Text.ToOriginal(piece.Start, piece.Start + piece.Length), piece.Span.ToString());
                continue;
            }

            foreach (var token in _words.Tokenize(piece.Span))
            {
                tokens.Add(token.Id, piece.Text.ToOriginal(piece.Start + token.Start, piece.Start + token.End));
            }
        }

        if (pieces.Capacity > MostPiecesKept)
        {
            _lists = null;
        }

        tokens = _postProcessor?.Process(tokens, addSpecialTokens, _tokenOf) ?? tokens;
        return new TokenizedText([.. tokens.Ids], [.. tokens.Offsets]);
    }

    /// <summary>Turns ids back into text. Ids that are not in the vocabulary are left out.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="skipSpecialTokens">Whether to leave special tokens out.</param>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens)
    {
        var tokens = new List<string>(ids.Length);
        foreach (var id in ids)
        {
            if (_tokenOf(id) is { } token && !(skipSpecialTokens && _added.IsSpecial(token)))
            {
                tokens.Add(token);
            }
        }

        var text = _decoder is null ? string.Join(' ', tokens) : string.Concat(_decoder.Decode(tokens));
        return _cleansUpBlanks ? WordPieceDecoder.CleanUp(text, contracts: false) : text;
    }

    /// <summary>
    /// The text that a continuation adds to a prompt: what <c>decode(prompt + continuation)</c> has beyond <c>decode(prompt)</c>. Decoding a continuation alone
    /// would lose the blank it begins with wherever the decoder drops the first one.
    /// </summary>
    /// <param name="promptIds">The prompt's ids.</param>
    /// <param name="continuationIds">The ids after them.</param>
    /// <param name="skipSpecialTokens">Whether to leave special tokens out, of both.</param>
    /// <returns>
    /// The text after what both have in common. Where the prompt ends within a character (with some of its bytes) and the continuation completes it, that
    /// character belongs to the continuation; where the decoder writes the prompt's end differently in front of the continuation (the clean-up of
    /// contractions), the continuation begins where the texts part.
    /// </returns>
    public string DecodeContinuation(ReadOnlySpan<int> promptIds, ReadOnlySpan<int> continuationIds, bool skipSpecialTokens)
    {
        var prompt = Decode(promptIds, skipSpecialTokens);
        var whole = Decode([.. promptIds, .. continuationIds], skipSpecialTokens);
        var common = prompt.AsSpan().CommonPrefixLength(whole);
        if (common > 0 && common < whole.Length && char.IsLowSurrogate(whole[common]))
        {
            common--;
        }

        return whole[common..];
    }

    /// <summary>The id of a token as the vocabulary writes it, for example <c>Ġthe</c> or <c>▁the</c>; null where there is none.</summary>
    public int? IdOf(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return _added.IdOf(token) ?? _model.IdOf(token);
    }

    /// <summary>The token of an id as the vocabulary writes it; null where there is none.</summary>
    public string? TokenOf(int id) => _tokenOf(id);

    /// <summary>Whether an id is that of a special token, which <see cref="Decode"/> can leave out.</summary>
    public bool IsSpecial(int id) => _tokenOf(id) is { } token && _added.IsSpecial(token);

    private static bool WritesPrefixSpace(Normalizer? normalizer) => normalizer switch
    {
        SequenceNormalizer sequence => sequence.Normalizers.Any(WritesPrefixSpace),
        PrependNormalizer prepend => prepend.Prefix is "▁" or " ",
        _ => false,
    };
}
