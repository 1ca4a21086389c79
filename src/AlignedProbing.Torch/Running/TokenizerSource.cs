using AlignedProbing.Tokenizers;

namespace AlignedProbing.Torch.Running;

/// <summary>Opens tokenizers for people: what is wrong with one becomes a message they can act on.</summary>
internal static class TokenizerSource
{
    /// <summary>Opens a tokenizer.json or the folder of a model.</summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    public static Tokenizer Open(string path)
    {
        try
        {
            return Directory.Exists(path) ? Tokenizer.FromFolder(path) : Tokenizer.FromFile(path);
        }
        catch (TokenizerException error)
        {
            throw new InputException("tokenizer", error.Asked, error.Found, error.Remedy, error);
        }
    }
}
