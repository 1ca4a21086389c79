namespace AlignedProbing.Tokenizers.Patterns;

/// <summary>The matcher for a regular expression of a tokenizer file.</summary>
internal static class PatternCatalog
{
    /// <exception cref="TokenizerException">The pattern is wrong, or uses what is not supported.</exception>
    public static TextPattern Create(string pattern) => new RegexPattern(pattern);
}
