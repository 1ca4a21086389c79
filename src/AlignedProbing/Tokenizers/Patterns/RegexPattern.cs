using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;
using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.Patterns;

/// <summary>
/// Matches a regular expression in Oniguruma's dialect. A text with characters beyond U+FFFF is matched on a copy in which each of them is one BMP character
/// of its general category, because .NET's classes know code units only; a match that takes longer than <see cref="MatchTimeout"/> is an error.
/// </summary>
internal sealed class RegexPattern : TextPattern
{
    /// <summary>How long one match may take, so that no file can make a text take for ever.</summary>
    public static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(5);

    private readonly string _pattern;
    private readonly Regex _regex;

    /// <exception cref="TokenizerException">The pattern is wrong, or uses what is not supported.</exception>
    public RegexPattern(string pattern)
    {
        _pattern = pattern;
        try
        {
            var translated = OnigurumaTranslator.Translate(pattern);
            PatternSize.Check(translated, pattern);
            _regex = new Regex(
                translated,
                RegexOptions.CultureInvariant | RegexOptions.Multiline | RegexOptions.Compiled,
                MatchTimeout);
        }
        catch (ArgumentException e)
        {
            throw new TokenizerException(
                "reading a pattern of the tokenizer",
                $"the pattern '{pattern}' is not a regular expression ({e.Message})",
                "Use another tokenizer file",
                e);
        }
    }

    public override void FindSpans(ReadOnlySpan<char> text, List<PatternSpan> spans)
    {
        try
        {
            if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
            {
                FindSpans(text, default, text.Length, spans);
                return;
            }

            var copy = ArrayPool<char>.Shared.Rent(text.Length);
            var positions = ArrayPool<int>.Shared.Rent(text.Length + 1);
            var length = 0;
            for (var i = 0; i < text.Length; length++)
            {
                positions[length] = i;
                var codePoint = CharacterClasses.CodePointAt(text, i, out var units);
                copy[length] = units == 1 ? (char)codePoint : StandIn(codePoint);
                i += units;
            }

            positions[length] = text.Length;
            FindSpans(copy.AsSpan(0, length), positions, text.Length, spans);
            ArrayPool<char>.Shared.Return(copy);
            ArrayPool<int>.Shared.Return(positions);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new TokenizerException(
                "tokenizing a text",
                $"the tokenizer's pattern '{_pattern}' took longer than {MatchTimeout.TotalSeconds} seconds on it",
                "Leave the text out, or use another tokenizer file",
                e);
        }
    }

    private void FindSpans(ReadOnlySpan<char> text, ReadOnlySpan<int> positions, int length, List<PatternSpan> spans)
    {
        var covered = 0;
        var lastEnd = -1;
        foreach (var match in _regex.EnumerateMatches(text))
        {
            var end = match.Index + match.Length;
            if (match.Length == 0 && match.Index == lastEnd)
            {
                // Oniguruma's iterator takes no empty match right after another match.
                continue;
            }

            lastEnd = end;
            AddMatch(spans, ref covered, positions.IsEmpty ? match.Index : positions[match.Index], positions.IsEmpty ? end : positions[end]);
        }

        AddRest(spans, covered, length);
    }

    /// <summary>A BMP character of the same general category; of the Han script where the code point is.</summary>
    public static char StandIn(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
    {
        UnicodeCategory.UppercaseLetter => '\u2C2F',
        UnicodeCategory.LowercaseLetter => '\u2C5F',
        UnicodeCategory.ModifierLetter => '\uA9E6',
        UnicodeCategory.OtherLetter => codePoint is >= 0x20000 and <= 0x3FFFF ? '\u3400' : '\uAA80',
        UnicodeCategory.NonSpacingMark => '\uAAB0',
        UnicodeCategory.SpacingCombiningMark => '\uAAEB',
        UnicodeCategory.DecimalDigitNumber => '\uABF0',
        UnicodeCategory.LetterNumber => '\uA6E6',
        UnicodeCategory.OtherNumber => '\uA830',
        UnicodeCategory.DashPunctuation => '\u2E3A',
        UnicodeCategory.OtherPunctuation => '\uA8F8',
        UnicodeCategory.MathSymbol => '\u2A00',
        UnicodeCategory.CurrencySymbol => '\u20BD',
        UnicodeCategory.ModifierSymbol => '\uA700',
        UnicodeCategory.OtherSymbol => '\uA828',
        UnicodeCategory.Format => '\u2060',
        UnicodeCategory.PrivateUse => '\uE000',
        _ => '\uFFFE',
    };
}
