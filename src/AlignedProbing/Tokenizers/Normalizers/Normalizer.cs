using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.Normalizers;

/// <summary>Changes a text before it is split, and keeps track of where each character came from. Used by many threads at once.</summary>
internal abstract class Normalizer
{
    /// <summary>The normalized text; the same object where nothing changes.</summary>
    public abstract AlignedText Normalize(AlignedText text);
}
