using System.Globalization;
using System.Text;

namespace AlignedProbing.ChatTemplates.Syntax;

/// <summary>Resolves the escapes of a quoted text, which are Python's.</summary>
internal static class StringLiteral
{
    /// <summary>The content of a literal.</summary>
    /// <param name="body">What stands between the quotes.</param>
    /// <param name="line">Its line, for messages.</param>
    public static string Unescape(string body, int line)
    {
        if (!body.Contains('\\', StringComparison.Ordinal))
        {
            return body;
        }

        var output = new StringBuilder(body.Length);
        for (var at = 0; at < body.Length; at++)
        {
            if (body[at] != '\\' || at + 1 == body.Length)
            {
                output.Append(body[at]);
                continue;
            }

            at++;
            switch (body[at])
            {
                case '\n':
                    break;
                case '\\' or '\'' or '"':
                    output.Append(body[at]);
                    break;
                case 'a':
                    output.Append('\a');
                    break;
                case 'b':
                    output.Append('\b');
                    break;
                case 'f':
                    output.Append('\f');
                    break;
                case 'n':
                    output.Append('\n');
                    break;
                case 'r':
                    output.Append('\r');
                    break;
                case 't':
                    output.Append('\t');
                    break;
                case 'v':
                    output.Append('\v');
                    break;
                case 'x':
                    at += Hexadecimal(output, body, at + 1, 2, line);
                    break;
                case 'u':
                    at += Hexadecimal(output, body, at + 1, 4, line);
                    break;
                case 'U':
                    at += Hexadecimal(output, body, at + 1, 8, line);
                    break;
                case 'N':
                    throw Fault.Unsupported("an escape \\N{...} in a text", line);
                case >= '0' and <= '7':
                    at += Octal(output, body, at) - 1;
                    break;
                default:
                    output.Append('\\').Append(body[at]);
                    break;
            }
        }

        return output.ToString();
    }

    private static int Hexadecimal(StringBuilder output, string body, int at, int digits, int line)
    {
        if (at + digits > body.Length
            || !int.TryParse(body.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            || value is < 0 or > 0x10FFFF)
        {
            throw Fault.Syntax("a hexadecimal escape in a text is malformed", line);
        }

        Append(output, value);
        return digits;
    }

    private static int Octal(StringBuilder output, string body, int at)
    {
        var value = 0;
        var length = 0;
        while (length < 3 && at + length < body.Length && body[at + length] is >= '0' and <= '7')
        {
            value = (value * 8) + (body[at + length] - '0');
            length++;
        }

        Append(output, value);
        return length;
    }

    private static void Append(StringBuilder output, int codePoint)
    {
        if (codePoint < 0x10000)
        {
            output.Append((char)codePoint);
        }
        else
        {
            output.Append(char.ConvertFromUtf32(codePoint));
        }
    }
}
