using AlignedProbing.Tokenizers.Patterns;
using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.PreTokenizers;

/// <summary>
/// Cuts where a pattern matches: the pre-tokenizers Split, Punctuation, Digits, Whitespace, WhitespaceSplit and CharDelimiterSplit, and each half of BERT's.
/// </summary>
/// <param name="splitter">The pattern, and what becomes of the delimiters.</param>
internal sealed class PatternPreTokenizer(PieceSplitter splitter) : PreTokenizer
{
    public static PatternPreTokenizer WhitespaceSplit { get; } =
        new(new PieceSplitter(new CharacterPattern(CharacterClasses.IsWhiteSpace), SplitBehavior.Removed, invert: false));

    public static PatternPreTokenizer Whitespace { get; } =
        new(new PieceSplitter(new WordPattern(), SplitBehavior.Removed, invert: true));

    public static PatternPreTokenizer Punctuation(SplitBehavior behavior) =>
        new(new PieceSplitter(new CharacterPattern(UnicodeTables.IsPunctuation), behavior, invert: false));

    public static PatternPreTokenizer Digits(bool individual) =>
        new(new PieceSplitter(new CharacterPattern(CharacterClasses.IsNumeric), individual ? SplitBehavior.Isolated : SplitBehavior.Contiguous, invert: false));

    public override void Split(in Piece piece, List<Piece> output) => splitter.Split(piece, output);
}
