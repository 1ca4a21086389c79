using AlignedProbing.Tokenizers.Normalizers;
using AlignedProbing.Tokenizers.Patterns;
using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.PreTokenizers;

/// <summary>GPT-2's: words with the blank before them, written in the byte alphabet.</summary>
internal sealed class ByteLevelPreTokenizer : PreTokenizer
{
    private const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private static readonly ByteLevelNormalizer Alphabet = new();
    private readonly PieceSplitter? _splitter;
    private readonly bool _writesAlphabet;

    /// <param name="addPrefixSpace">Begin each piece with a space.</param>
    /// <param name="useRegex">Cut it into words.</param>
    /// <param name="writesAlphabet">Write the pieces in the byte alphabet, which a model that takes bytes does itself.</param>
    public ByteLevelPreTokenizer(bool addPrefixSpace, bool useRegex, bool writesAlphabet = true)
    {
        AddPrefixSpace = addPrefixSpace;
        UseRegex = useRegex;
        _writesAlphabet = writesAlphabet;
        _splitter = useRegex ? new PieceSplitter(PatternCatalog.Create(Gpt2Pattern), SplitBehavior.Isolated, invert: false) : null;
    }

    public bool AddPrefixSpace { get; }

    public bool UseRegex { get; }

    public override void Split(in Piece piece, List<Piece> output)
    {
        var source = piece;
        if (AddPrefixSpace && source.Span[0] != ' ')
        {
            var text = PrependNormalizer.Prepend(source.Text.Slice(source.Start, source.Length), " ");
            source = new Piece(text, 0, text.Length);
        }

        var first = output.Count;
        if (_splitter is null)
        {
            output.Add(source);
        }
        else
        {
            _splitter.Split(source, output);
        }

        for (var i = first; _writesAlphabet && i < output.Count; i++)
        {
            var text = Alphabet.Normalize(output[i].Text.Slice(output[i].Start, output[i].Length));
            output[i] = new Piece(text, 0, text.Length);
        }
    }
}
