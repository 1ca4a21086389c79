using System.Globalization;
using System.Text;

namespace AlignedProbing.Tokenizers.Patterns;

/// <summary>Rewrites one bracketed character class of Oniguruma.</summary>
/// <param name="pattern">The whole pattern.</param>
/// <param name="ignoreCase">Letters stand for both cases.</param>
/// <param name="depth">How many classes this one lies in.</param>
internal sealed class OnigurumaClass(string pattern, bool ignoreCase, int depth = 0)
{
    private const int DeepestClass = 16;
    private readonly StringBuilder _content = new();

    /// <summary>Reads the class that begins at <paramref name="position"/> and moves after it.</summary>
    public string Translate(ref int position)
    {
        var start = position++;
        var negated = position < pattern.Length && pattern[position] == '^';
        if (negated)
        {
            position++;
        }

        for (var isFirst = true; ; isFirst = false)
        {
            if (position >= pattern.Length)
            {
                throw Unsupported("a class without its end", start);
            }

            if (pattern[position] == ']' && !isFirst)
            {
                position++;
                return (negated ? "[^" : "[") + _content + "]";
            }

            Member(ref position);
        }
    }

    /// <summary>A code point written as <c>\xHH</c>, <c>\x{H...}</c> or <c>\uHHHH</c>.</summary>
    public static char ReadCodePoint(string pattern, ref int position)
    {
        var start = position;
        var digits = "";
        if (position + 2 < pattern.Length && pattern[position + 2] == '{')
        {
            var close = pattern.IndexOf('}', position);
            digits = close < 0 ? "" : pattern[(position + 3)..close];
            position = close + 1;
        }
        else
        {
            var count = pattern[position + 1] == 'x' ? 2 : 4;
            digits = position + 2 + count <= pattern.Length ? pattern.Substring(position + 2, count) : "";
            position += 2 + count;
        }

        if (!int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) || value is < 0 or > char.MaxValue)
        {
            throw new TokenizerException(
                "reading a pattern of the tokenizer",
                $"the pattern '{pattern}' names a character at position {start} that is not one of U+0000 to U+FFFF",
                "Use a tokenizer file without it");
        }

        return (char)value;
    }

    /// <summary>The character and all that differ from it in case only, as the content of a class.</summary>
    public static string CaseVariants(char character)
    {
        var variants = new StringBuilder(Quote(character));
        foreach (var other in (ReadOnlySpan<char>)[char.ToUpperInvariant(character), char.ToLowerInvariant(character), OddVariant(character)])
        {
            if (other != character)
            {
                variants.Append(Quote(other));
            }
        }

        return variants.ToString();
    }

    /// <summary>The character as a literal, in or out of a class.</summary>
    public static string Quote(char character) => char.IsAsciiLetterOrDigit(character)
        ? character.ToString()
        : string.Create(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}");

    private static char OddVariant(char character) => character switch
    {
        's' or 'S' => 'ſ',
        'k' or 'K' => 'K',
        _ => character,
    };

    private void Member(ref int position)
    {
        var character = pattern[position];
        if (character == '[')
        {
            Nested(ref position);
            return;
        }

        if (character == '&' && position + 1 < pattern.Length && pattern[position + 1] == '&')
        {
            throw Unsupported("the intersection '&&'", position);
        }

        if (character == '\\' && TryAppendEscapedClass(ref position))
        {
            return;
        }

        var first = ReadCharacter(ref position);
        if (position + 1 < pattern.Length && pattern[position] == '-' && pattern[position + 1] is not (']' or '['))
        {
            position++;
            AppendRange(first, ReadCharacter(ref position));
        }
        else
        {
            _content.Append(ignoreCase ? CaseVariants(first) : Quote(first));
        }
    }

    private void Nested(ref int position)
    {
        if (position + 1 < pattern.Length && pattern[position + 1] == ':')
        {
            throw Unsupported("a bracket of the form '[:name:]'", position);
        }

        if (depth == DeepestClass)
        {
            throw Unsupported("classes nested too deeply", position);
        }

        var nested = new OnigurumaClass(pattern, ignoreCase, depth + 1).Translate(ref position);
        if (nested.StartsWith("[^", StringComparison.Ordinal))
        {
            throw Unsupported("a negated class within a class", position);
        }

        _content.Append(nested.AsSpan(1, nested.Length - 2));
    }

    private bool TryAppendEscapedClass(ref int position)
    {
        var letter = position + 1 < pattern.Length ? pattern[position + 1] : '\0';
        switch (letter)
        {
            case 'p' or 'P':
                _content.Append(UnicodeProperties.Read(pattern, ref position).AsMember(pattern));
                return true;
            case 'w':
                _content.Append(UnicodeProperties.Word);
                break;
            case 'h':
                _content.Append("0-9A-Fa-f");
                break;
            case 's' or 'S' or 'd' or 'D':
                _content.Append('\\').Append(letter);
                break;
            default:
                return false;
        }

        position += 2;
        return true;
    }

    private char ReadCharacter(ref int position)
    {
        var character = pattern[position];
        if (char.IsSurrogate(character))
        {
            throw Unsupported("a character beyond U+FFFF", position);
        }

        if (character != '\\')
        {
            position++;
            return character;
        }

        var letter = position + 1 < pattern.Length ? pattern[position + 1] : '\0';
        if (letter is 'x' or 'u')
        {
            return ReadCodePoint(pattern, ref position);
        }

        position += 2;
        return letter switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\f',
            'v' => '\v',
            'a' => '\a',
            'e' => '\u001B',
            'b' => '\b',
            _ => char.IsAsciiLetterOrDigit(letter) || letter == '\0' ? throw Unsupported($"'\\{letter}' in a class", position) : letter,
        };
    }

    private void AppendRange(char first, char last)
    {
        if (first > last)
        {
            throw Unsupported("a range that runs backwards", 0);
        }

        _content.Append(Quote(first)).Append('-').Append(Quote(last));
        if (!ignoreCase)
        {
            return;
        }

        for (int letter = Math.Max(first, 'A'); letter <= Math.Min(last, 'z'); letter++)
        {
            _content.Append(char.IsAsciiLetter((char)letter) ? CaseVariants((char)letter) : "");
        }
    }

    private TokenizerException Unsupported(string what, int position) => new(
        "reading a pattern of the tokenizer",
        string.Create(CultureInfo.InvariantCulture, $"the pattern '{pattern}' uses {what} at position {position}, which is not supported"),
        "Use a tokenizer file without it");
}
