namespace AlignedProbing.Tokenizers.AddedTokens;

/// <summary>A token beside the model's vocabulary, found in the text before anything else.</summary>
/// <param name="Content">The text it is written as.</param>
/// <param name="SingleWord">It counts only where no word character stands right before or after it.</param>
/// <param name="LeftStrip">It takes the white space before it along.</param>
/// <param name="RightStrip">It takes the white space after it along.</param>
/// <param name="Normalized">It is looked for in the normalized text.</param>
/// <param name="Special">Decoding can leave it out.</param>
internal sealed record AddedToken(string Content, bool SingleWord, bool LeftStrip, bool RightStrip, bool Normalized, bool Special);
