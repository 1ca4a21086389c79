using System.Text;

namespace AlignedProbing.Fuzz.Mutations;

/// <summary>Pieces of text and of JSON that readers stumble over.</summary>
internal static class OddTexts
{
    /// <summary>Raw JSON values, some of them none.</summary>
    public static readonly byte[][] Values =
    [
        .. new[]
        {
            "null", "true", "false", "0", "-1", "1", "2", "1.5", "-0.0", "2147483647", "2147483648", "-2147483649", "9223372036854775807",
            "9223372036854775808",
            "1e400", "-1e400", "1e-400", "1E2", "1.0", "2.0", "NaN", "Infinity", "-Infinity", "01", "+1", "0x10", "1_000",
            "123456789012345678901234567890", "\"\"", "\"a\"", "\" \"", "\"0\"", "\"-1\"", "\"\\u0000\"", "\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83d\\ude00\"",
            "\"\\uD800\\u0041\"", "\"\\n\"", "\"\u202E\"", "\"\\u001b[31m\"", "\"=1+1\"", "\"../../x\"", "\"/dev/zero\"", "\"con\"", "[]", "{}", "[null]",
            "[[]]",
            "[{}]", "{\"\":null}", "{\"a\":1,\"a\":2}", "[1,2,3]", "[\"a\",\"b\"]", "[0.5,\"x\",null,{}]", "{\"a\":{\"b\":{\"c\":[1]}}}", "'a'",
            "undefined", "",
        }.Select(Encoding.UTF8.GetBytes),
        [(byte)'"', 0xFF, (byte)'"'],
        [(byte)'"', 0xED, 0xA0, 0x80, (byte)'"'],
        [(byte)'"', 0x00, (byte)'"'],
        Encoding.ASCII.GetBytes(new string('[', 200) + new string(']', 200)),
        Encoding.ASCII.GetBytes(new string('[', 20_000)),
        Encoding.ASCII.GetBytes($"\"{new string('x', 5_000)}\""),
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 70)) + "1" + new string('}', 70)),
        Encoding.ASCII.GetBytes(new string('9', 400)),
    ];

    /// <summary>Pieces of lines.</summary>
    public static readonly byte[][] Pieces =
    [
        .. new[]
        {
            "", ",", ";", "\t", "\"", "\"\"", "'", "\n", "\r", "\r\n", "\n\n", " ", "\u00a0", "\u2028", "\ufeff", "\0", "\\", "{", "}", "[", "]", ":", "#",
            "=1+1",
            "@x",
            "NaN", "inf", "-", "1e999", "null", "{}", "[1]", "{\"text\": null}", "{\"text\": 1}", "{\"text\": \"a\"}", "\"open", "a,b,c,d,e,f,g,h",
            "\u0130", "\U0001F600", "e\u0301", "\u202E", "9223372036854775808", "-1", "0.5", "PAR1", "%PDF-", "../..",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xF0, 0x9F], [0xFF, 0xFE], [0xFE, 0xFF], [0x1F, 0x8B], [0x28, 0xB5, 0x2F, 0xFD], [0xEF, 0xBB, 0xBF],
        Encoding.ASCII.GetBytes(new string('x', 10_000)),
        Encoding.ASCII.GetBytes(new string(',', 2_000)),
        Encoding.ASCII.GetBytes(new string('"', 301)),
    ];
}
