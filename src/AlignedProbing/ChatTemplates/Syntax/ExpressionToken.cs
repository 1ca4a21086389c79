using System.Buffers;

namespace AlignedProbing.ChatTemplates.Syntax;

/// <summary>Reads one token within a tag.</summary>
internal static class ExpressionToken
{
    private static readonly string[] LongOperators = ["**", "//", "==", "!=", ">=", "<="];
    private static readonly SearchValues<char> ShortOperators = SearchValues.Create("+-/*%~[](){}><=.:|,;");

    /// <summary>Reads the token at a place that is not white space.</summary>
    /// <returns>Whether there is one.</returns>
    public static bool TryRead(string source, int at, int line, out Token token, out int length)
    {
        var first = source[at];
        if (first is >= '0' and <= '9')
        {
            return Number(source, at, line, out token, out length);
        }

        if (char.IsLetter(first) || first == '_')
        {
            length = 1;
            while (at + length < source.Length && (char.IsLetterOrDigit(source[at + length]) || source[at + length] == '_'))
            {
                length++;
            }

            token = new Token(TokenKind.Name, source.Substring(at, length), line);
            return true;
        }

        if (first is '\'' or '"')
        {
            return Text(source, at, line, out token, out length);
        }

        foreach (var candidate in LongOperators)
        {
            if (source.AsSpan(at).StartsWith(candidate, StringComparison.Ordinal))
            {
                token = new Token(TokenKind.Operator, candidate, line);
                length = 2;
                return true;
            }
        }

        token = new Token(TokenKind.Operator, first.ToString(), line);
        length = 1;
        return ShortOperators.Contains(first);
    }

    private static bool Text(string source, int at, int line, out Token token, out int length)
    {
        var quote = source[at];
        for (var end = at + 1; end < source.Length; end++)
        {
            if (source[end] == '\\')
            {
                end++;
            }
            else if (source[end] == quote)
            {
                length = end + 1 - at;
                token = new Token(TokenKind.Text, StringLiteral.Unescape(source[(at + 1)..end], line), line);
                return true;
            }
        }

        token = default;
        length = 0;
        return false;
    }

    private static bool Number(string source, int at, int line, out Token token, out int length)
    {
        if (source[at] == '0' && at + 1 < source.Length && source[at + 1] is 'x' or 'X' or 'b' or 'B' or 'o' or 'O')
        {
            length = 2;
            while (at + length < source.Length && (char.IsAsciiHexDigit(source[at + length]) || source[at + length] == '_'))
            {
                length++;
            }

            token = new Token(TokenKind.Integer, source.Substring(at, length), line);
            return true;
        }

        var end = Digits(source, at);
        var kind = TokenKind.Integer;

        // As in Jinja2, a number after a dot is a subscript and takes no fraction.
        if (at == 0 || source[at - 1] != '.')
        {
            if (end + 1 < source.Length && source[end] == '.' && char.IsAsciiDigit(source[end + 1]))
            {
                end = Digits(source, end + 1);
                kind = TokenKind.Float;
            }

            var exponent = end < source.Length && source[end] is 'e' or 'E' ? end + 1 : -1;
            exponent += exponent > 0 && exponent < source.Length && source[exponent] is '+' or '-' ? 1 : 0;
            if (exponent > 0 && exponent < source.Length && char.IsAsciiDigit(source[exponent]))
            {
                end = Digits(source, exponent);
                kind = TokenKind.Float;
            }
        }

        length = end - at;
        token = new Token(kind, source[at..end].Replace("_", "", StringComparison.Ordinal), line);
        return true;
    }

    private static int Digits(string source, int at)
    {
        while (at < source.Length && (char.IsAsciiDigit(source[at]) || (source[at] == '_' && at + 1 < source.Length && char.IsAsciiDigit(source[at + 1]))))
        {
            at++;
        }

        return at;
    }
}
