using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.Normalizers;

/// <summary>Leaves out white space at the ends of the text.</summary>
/// <param name="left">At its beginning.</param>
/// <param name="right">At its end.</param>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    public override AlignedText Normalize(AlignedText text)
    {
        var span = text.Span;
        var start = left ? span.Length - span.TrimStart().Length : 0;
        var end = right ? span.TrimEnd().Length : span.Length;
        return end <= start ? new AlignedText(default, 0) : text.Slice(start, end - start);
    }
}
