namespace AlignedProbing.ChatTemplates.Syntax;

/// <summary>
/// Cuts a template into tokens as Jinja2 3.1 does with <c>trim_blocks</c> and <c>lstrip_blocks</c>, which is how transformers sets it up: the line end after a
/// block or comment tag goes, and so do the blanks before one that begins a line; <c>-</c> and <c>+</c> in a tag override that. A last line end of the template
/// goes as well.
/// </summary>
internal sealed class Lexer
{
    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private readonly Stack<char> _brackets = new();
    private int _at;
    private int _line = 1;
    private bool _lineStarting = true;

    private Lexer(string source) => _source = source;

    /// <summary>All tokens, the last one <see cref="TokenKind.End"/>.</summary>
    /// <exception cref="ChatTemplateException">The source is not Jinja.</exception>
    public static List<Token> Read(string source)
    {
        var text = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var lexer = new Lexer(text.EndsWith('\n') ? text[..^1] : text);
        lexer.ReadAll();
        return lexer._tokens;
    }

    private void ReadAll()
    {
        while (_at < _source.Length)
        {
            var tag = NextTag();
            if (tag < 0)
            {
                Data(_source[_at..]);
                _at = _source.Length;
                break;
            }

            var kind = _source[tag + 1];
            var sign = tag + 2 < _source.Length && _source[tag + 2] is '-' or '+' ? _source[tag + 2] : ' ';
            Data(Before(_source[_at..tag], sign, isVariable: kind == '{'));
            _at = tag + (sign == ' ' ? 2 : 3);
            switch (kind)
            {
                case '#':
                    Comment();
                    break;
                case '{':
                    Inside(TokenKind.VariableBegin, TokenKind.VariableEnd);
                    break;
                default:
                    if (!TryRaw())
                    {
                        Inside(TokenKind.BlockBegin, TokenKind.BlockEnd);
                    }

                    break;
            }
        }

        _tokens.Add(new Token(TokenKind.End, "", _line));
    }

    private int NextTag()
    {
        for (var at = _at; ; at++)
        {
            at = _source.IndexOf('{', at);
            if (at < 0 || at + 1 >= _source.Length)
            {
                return -1;
            }

            if (_source[at + 1] is '{' or '%' or '#')
            {
                return at;
            }
        }
    }

    // Strips the data before a tag. Lines are counted on what stood there.
    private string Before(string text, char sign, bool isVariable)
    {
        var kept = text;
        if (sign == '-')
        {
            kept = PythonText.TrimEnd(text);
        }
        else if (sign != '+' && !isVariable)
        {
            var lineStart = text.LastIndexOf('\n') + 1;
            if ((lineStart > 0 || _lineStarting) && lineStart < text.Length && IsBlank(text.AsSpan(lineStart)))
            {
                kept = text[..lineStart];
            }
        }

        _line += text.AsSpan(kept.Length).Count('\n');
        return kept;
    }

    private void Data(string text)
    {
        if (text.Length > 0)
        {
            _tokens.Add(new Token(TokenKind.Data, text, _line));
            _line += text.AsSpan().Count('\n');
        }
    }

    private void Comment()
    {
        var line = _line;
        var end = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0)
        {
            throw Fault.Syntax("Missing end of comment tag", line);
        }

        var sign = end > _at ? _source[end - 1] : ' ';
        Skip(end + 2);
        EndOfBlock(sign);
    }

    private bool TryRaw()
    {
        var at = SkipSpaces(_at);
        if (!Starts(at, "raw"))
        {
            return false;
        }

        var close = SkipSpaces(at + 3);
        var trims = close < _source.Length && _source[close] == '-';
        close += trims ? 1 : 0;
        if (!Starts(close, "%}"))
        {
            return false;
        }

        Skip(close + 2);
        if (trims)
        {
            Skip(SkipSpaces(_at));
        }

        _lineStarting = _source[_at - 1] == '\n';
        for (var tag = _at; ; tag++)
        {
            tag = _source.IndexOf("{%", tag, StringComparison.Ordinal);
            if (tag < 0)
            {
                throw Fault.Syntax("Missing end of raw directive", _line);
            }

            var sign = tag + 2 < _source.Length && _source[tag + 2] is '-' or '+' ? _source[tag + 2] : ' ';
            var name = SkipSpaces(tag + (sign == ' ' ? 2 : 3));
            var end = SkipSpaces(name + 6);
            if (!Starts(name, "endraw"))
            {
                continue;
            }

            var endSign = end < _source.Length && _source[end] is '-' or '+' ? _source[end] : ' ';
            end += endSign == ' ' ? 0 : 1;
            if (!Starts(end, "%}"))
            {
                continue;
            }

            Data(Before(_source[_at..tag], sign, isVariable: false));
            _at = tag;
            Skip(end + 2);
            EndOfBlock(endSign);
            return true;
        }
    }

    private void Inside(TokenKind begin, TokenKind end)
    {
        _tokens.Add(new Token(begin, "", _line));
        _brackets.Clear();
        while (true)
        {
            Skip(SkipSpaces(_at));
            if (_at >= _source.Length)
            {
                throw Fault.Syntax("unexpected end of template", _line);
            }

            if (_brackets.Count == 0 && TryEnd(end))
            {
                return;
            }

            if (!ExpressionToken.TryRead(_source, _at, _line, out var token, out var length))
            {
                throw Fault.Syntax($"unexpected char '{_source[_at]}'", _line);
            }

            Balance(token);
            _tokens.Add(token);
            Skip(_at + length);
        }
    }

    private bool TryEnd(TokenKind end)
    {
        var isBlock = end == TokenKind.BlockEnd;
        var sign = _source[_at] == '-' || (isBlock && _source[_at] == '+') ? _source[_at] : ' ';
        var close = _at + (sign == ' ' ? 0 : 1);
        if (!Starts(close, isBlock ? "%}" : "}}"))
        {
            return false;
        }

        _tokens.Add(new Token(end, "", _line));
        Skip(close + 2);
        if (isBlock)
        {
            EndOfBlock(sign);
        }
        else
        {
            if (sign == '-')
            {
                Skip(SkipSpaces(_at));
            }

            _lineStarting = _source[_at - 1] == '\n';
        }

        return true;
    }

    private void EndOfBlock(char sign)
    {
        if (sign == '-')
        {
            Skip(SkipSpaces(_at));
        }
        else if (sign != '+' && Starts(_at, "\n"))
        {
            Skip(_at + 1);
        }

        _lineStarting = _source[_at - 1] == '\n';
    }

    private void Balance(Token token)
    {
        if (token.Kind != TokenKind.Operator)
        {
            return;
        }

        switch (token.Text)
        {
            case "(":
                _brackets.Push(')');
                break;
            case "[":
                _brackets.Push(']');
                break;
            case "{":
                _brackets.Push('}');
                break;
            case ")" or "]" or "}":
                if (!_brackets.TryPop(out var expected))
                {
                    throw Fault.Syntax($"unexpected '{token.Text}'", _line);
                }

                if (expected != token.Text[0])
                {
                    throw Fault.Syntax($"unexpected '{token.Text}', expected '{expected}'", _line);
                }

                break;
        }
    }

    private void Skip(int to)
    {
        _line += _source.AsSpan(_at, to - _at).Count('\n');
        _at = to;
    }

    private int SkipSpaces(int at)
    {
        while (at < _source.Length && PythonText.IsSpace(_source[at]))
        {
            at++;
        }

        return at;
    }

    private bool Starts(int at, string text) => at < _source.Length && _source.AsSpan(at).StartsWith(text, StringComparison.Ordinal);

    private static bool IsBlank(ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            if (!PythonText.IsSpace(character))
            {
                return false;
            }
        }

        return true;
    }
}
