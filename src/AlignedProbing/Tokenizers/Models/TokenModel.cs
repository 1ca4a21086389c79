namespace AlignedProbing.Tokenizers.Models;

/// <summary>A token of a piece of text.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Start">Index of its first character in the piece.</param>
/// <param name="End">Index after its last.</param>
internal readonly record struct ModelToken(int Id, int Start, int End);

/// <summary>Turns a piece of normalized, pre-tokenized text into tokens of its vocabulary. Used by many threads at once.</summary>
internal abstract class TokenModel
{
    /// <summary>Number of tokens in the vocabulary.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>Adds the tokens of a piece, which is not empty.</summary>
    public abstract void Tokenize(ReadOnlySpan<char> piece, List<ModelToken> output);

    public abstract int? IdOf(string token);

    public abstract string? TokenOf(int id);
}
