using AlignedProbing.Tokenizers.Normalizers;
using AlignedProbing.Tokenizers.Patterns;
using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.PreTokenizers;

/// <summary>When a metaspace is written before a text that does not begin with one.</summary>
internal enum PrependScheme
{
    /// <summary>Before every piece.</summary>
    Always,

    /// <summary>Before the piece that begins the text.</summary>
    First,

    /// <summary>Not at all.</summary>
    Never,
}

/// <summary>SentencePiece's: blanks are written as a visible character, '▁', with which words begin.</summary>
internal sealed class MetaspacePreTokenizer : PreTokenizer
{
    private readonly string _replacement;
    private readonly bool _split;
    private readonly ReplaceNormalizer _replaceSpaces;
    private readonly PieceSplitter _splitter;

    /// <param name="replacement">What a blank is written as; one character.</param>
    /// <param name="scheme">When one is written before the text.</param>
    /// <param name="split">Cut before each.</param>
    public MetaspacePreTokenizer(string replacement, PrependScheme scheme, bool split)
    {
        _replacement = replacement;
        Scheme = scheme;
        _split = split;
        _replaceSpaces = new ReplaceNormalizer(new LiteralPattern(" "), replacement);
        _splitter = new PieceSplitter(new LiteralPattern(replacement), SplitBehavior.MergedWithNext, invert: false);
    }

    public PrependScheme Scheme { get; }

    public override void Split(in Piece piece, List<Piece> output)
    {
        var source = piece.Text.Slice(piece.Start, piece.Length);
        var beginsText = source.StartOf(0) == 0;
        var text = _replaceSpaces.Normalize(source);
        var prepends = Scheme == PrependScheme.Always || (Scheme == PrependScheme.First && beginsText);
        if (prepends && !text.Span.StartsWith(_replacement, StringComparison.Ordinal))
        {
            text = PrependNormalizer.Prepend(text, _replacement);
        }

        var whole = new Piece(text, 0, text.Length);
        if (_split)
        {
            _splitter.Split(whole, output);
        }
        else
        {
            output.Add(whole);
        }
    }
}
