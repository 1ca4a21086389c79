using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.Normalizers;

/// <summary>Leaves out all combining marks (general category M).</summary>
internal sealed class StripAccentsNormalizer : Normalizer
{
    public override AlignedText Normalize(AlignedText text) => CharacterChanges.Filter(text, static codePoint => !UnicodeTables.IsMark(codePoint));
}
