using System.Globalization;
using System.Text;

namespace AlignedProbing.Tokenizers.Patterns;

/// <summary>
/// Rewrites a pattern of Oniguruma, whose dialect tokenizer files are written in, as one of .NET that matches the same. A construct that has no counterpart
/// is an error that names it: matching something else would give other tokens silently.
/// </summary>
internal sealed class OnigurumaTranslator
{
    private readonly string _pattern;
    private readonly StringBuilder _output = new();
    private readonly Stack<(int Start, bool IgnoreCase)> _groups = [];
    private int _position;
    private int _atom;
    private bool _ignoreCase;

    private OnigurumaTranslator(string pattern) => _pattern = pattern;

    /// <summary>The pattern in .NET's dialect, for use with <c>Multiline</c> and <c>CultureInvariant</c>.</summary>
    public static string Translate(string pattern) => new OnigurumaTranslator(pattern).Run();

    private string Run()
    {
        // Possessive quantifiers write groups around what stands before them, so the output is watched too.
        while (_position < _pattern.Length)
        {
            if (_pattern.Length > PatternSize.Most || _output.Length > 16 * PatternSize.Most)
            {
                throw new TokenizerException(
                    "reading a pattern of the tokenizer", $"the pattern is longer than {PatternSize.Most} characters", "Use another tokenizer file");
            }

            var character = _pattern[_position];
            switch (character)
            {
                case '(':
                    OpenGroup();
                    break;
                case ')':
                    if (!_groups.TryPop(out var group))
                    {
                        throw Unsupported("a ')' without its '('");
                    }

                    (_atom, _ignoreCase) = group;
                    _output.Append(')');
                    _position++;
                    break;
                case '[':
                    _atom = _output.Length;
                    _output.Append(new OnigurumaClass(_pattern, _ignoreCase).Translate(ref _position));
                    break;
                case '\\':
                    _atom = _output.Length;
                    Escape();
                    break;
                case '*' or '+' or '?':
                    _position++;
                    Quantifier(character.ToString(), mayBePossessive: true);
                    break;
                case '{' when TryReadInterval(out var interval):
                    Quantifier(interval, mayBePossessive: false);
                    break;
                case '|' or '^' or '$' or '.':
                    _atom = _output.Length;
                    _output.Append(character);
                    _position++;
                    break;
                default:
                    _atom = _output.Length;
                    Literal(character);
                    _position++;
                    break;
            }
        }

        return _output.ToString();
    }

    private void OpenGroup()
    {
        var start = _output.Length;
        var outer = _ignoreCase;
        if (_position + 1 >= _pattern.Length || _pattern[_position + 1] != '?')
        {
            _groups.Push((start, outer));
            _output.Append("(?:");
            _position++;
            return;
        }

        foreach (var opening in (ReadOnlySpan<string>)["(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>"])
        {
            if (_pattern.AsSpan(_position).StartsWith(opening, StringComparison.Ordinal))
            {
                _groups.Push((start, outer));
                _output.Append(opening);
                _position += opening.Length;
                return;
            }
        }

        OptionGroup(start, outer);
    }

    private void OptionGroup(int start, bool outer)
    {
        var end = _pattern.AsSpan(_position).IndexOfAny(')', ':');
        var options = end < 0 ? "" : _pattern.Substring(_position + 2, end - 2);
        var ignoreCase = options switch
        {
            "i" => true,
            "-i" => false,
            _ => throw Unsupported($"the group '(?{options}'"),
        };
        _position += end + 1;
        _ignoreCase = ignoreCase;
        if (_pattern[_position - 1] == ':')
        {
            _groups.Push((start, outer));
            _output.Append("(?:");
        }
    }

    private void Escape()
    {
        if (_position + 1 >= _pattern.Length)
        {
            throw Unsupported("a '\\' at the end");
        }

        var letter = _pattern[_position + 1];
        switch (letter)
        {
            case 'p' or 'P':
                _output.Append(UnicodeProperties.Read(_pattern, ref _position).AsClass());
                return;
            case 'x' or 'u':
                Literal(OnigurumaClass.ReadCodePoint(_pattern, ref _position));
                return;
            case 'w':
                _output.Append('[').Append(UnicodeProperties.Word).Append(']');
                break;
            case 'W':
                _output.Append("[^").Append(UnicodeProperties.Word).Append(']');
                break;
            case 'h':
                _output.Append("[0-9A-Fa-f]");
                break;
            case 'H':
                _output.Append("[^0-9A-Fa-f]");
                break;
            case 'R':
                _output.Append("(?>\\r\\n|[\\n-\\r\\u0085\\u2028\\u2029])");
                break;
            case 'b':
                _output.Append(
                    $"(?:(?<=[{UnicodeProperties.Word}])(?![{UnicodeProperties.Word}])|(?<![{UnicodeProperties.Word}])(?=[{UnicodeProperties.Word}]))");
                break;
            case 's' or 'S' or 'd' or 'D' or 'A' or 'z' or 'Z' or 'G' or 'n' or 'r' or 't' or 'f' or 'v' or 'a' or 'e':
                _output.Append('\\').Append(letter);
                break;
            default:
                if (char.IsAsciiLetterOrDigit(letter))
                {
                    throw Unsupported($"'\\{letter}'");
                }

                Literal(letter);
                break;
        }

        _position += 2;
    }

    private void Literal(char character)
    {
        if (char.IsSurrogate(character))
        {
            throw Unsupported("a character beyond U+FFFF");
        }

        if (_ignoreCase && char.IsLetter(character))
        {
            _output.Append('[').Append(OnigurumaClass.CaseVariants(character)).Append(']');
        }
        else
        {
            _output.Append(OnigurumaClass.Quote(character));
        }
    }

    private bool TryReadInterval(out string interval)
    {
        interval = "";
        var close = _pattern.IndexOf('}', _position);
        if (close < 0)
        {
            return false;
        }

        var bounds = _pattern[(_position + 1)..close].Split(',');
        if (bounds.Length > 2 || bounds.All(bound => bound.Length == 0) || !bounds.All(bound => bound.Length <= 5 && bound.All(char.IsAsciiDigit)))
        {
            return false;
        }

        interval = bounds[0].Length == 0 ? $"{{0,{bounds[1]}}}" : $"{{{string.Join(',', bounds)}}}";
        _position = close + 1;
        return true;
    }

    private void Quantifier(string quantifier, bool mayBePossessive)
    {
        if (_output.Length == 0 || (_groups.TryPeek(out var group) && _atom < group.Start))
        {
            throw Unsupported($"'{quantifier}' with nothing before it");
        }

        _output.Append(quantifier);
        if (_position < _pattern.Length && _pattern[_position] == '?')
        {
            _output.Append('?');
            _position++;
        }
        else if (_position < _pattern.Length && _pattern[_position] == '+' && mayBePossessive)
        {
            _output.Insert(_atom, "(?>").Append(')');
            _position++;
        }

        if (_position < _pattern.Length && _pattern[_position] is '*' or '+' or '?')
        {
            // A quantifier of a quantified atom: Oniguruma allows it, .NET wants a group.
            _output.Insert(_atom, "(?:").Append(')');
        }
    }

    private TokenizerException Unsupported(string what) => new(
        "reading a pattern of the tokenizer",
        string.Create(CultureInfo.InvariantCulture, $"the pattern '{_pattern}' uses {what} at position {_position}, which is not supported"),
        "Use a tokenizer file without it");
}
