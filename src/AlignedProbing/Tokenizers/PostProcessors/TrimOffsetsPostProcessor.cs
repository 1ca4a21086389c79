using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.PostProcessors;

/// <summary>Leaves the blanks that a byte-level token begins or ends with out of its range.</summary>
/// <param name="keepsAddedSpace">A single blank that the first token begins with was added, is not in the text, and so is not left out.</param>
internal sealed class TrimOffsetsPostProcessor(bool keepsAddedSpace) : PostProcessor
{
    public override TokenBuffer Process(TokenBuffer tokens, bool addSpecialTokens, Func<int, string?> tokenOf)
    {
        for (var i = 0; i < tokens.Ids.Count; i++)
        {
            var token = tokens.WrittenAt(i) ?? tokenOf(tokens.Ids[i]);
            if (token is null || token.Length == 0 || (!IsBlank(token[0]) && !IsBlank(token[^1])))
            {
                continue;
            }

            var leading = 0;
            var trailing = 0;
            while (leading < token.Length && IsBlank(token[leading]))
            {
                leading++;
            }

            while (trailing < token.Length && IsBlank(token[^(trailing + 1)]))
            {
                trailing++;
            }

            var (start, end) = tokens.Offsets[i];
            if (leading == 1 && keepsAddedSpace && (i == 0 || start == 0))
            {
                leading = 0;
            }

            // Counted in characters: half a surrogate pair is never left out.
            for (; leading > 0 && start < end; leading--)
            {
                start += IsPair(tokens.Text, start) ? 2 : 1;
            }

            for (; trailing > 0 && end > start; trailing--)
            {
                end -= IsPair(tokens.Text, end - 2) ? 2 : 1;
            }

            tokens.Offsets[i] = new TextRange(start, Math.Max(start, end));
        }

        return tokens;
    }

    private static bool IsBlank(char character) => character == ByteAlphabet.Space || char.IsWhiteSpace(character);

    private static bool IsPair(string text, int index) => index >= 0 && index + 1 < text.Length && char.IsSurrogatePair(text, index);
}
