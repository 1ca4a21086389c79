namespace AlignedProbing.Tokenizers.Patterns;

/// <summary>What <c>\p{...}</c> names, as the content of a .NET character class.</summary>
/// <param name="Content">Members of a class.</param>
/// <param name="Negated">All other characters are meant.</param>
internal readonly record struct UnicodeProperties(string Content, bool Negated)
{
    /// <summary>Oniguruma's <c>\w</c>: .NET's leaves out letter numbers, Latin-1's other numbers, circled letters and two kinds of marks.</summary>
    public const string Word = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u00B2\u00B3\u00B9\u00BC-\u00BE\u24B6-\u24E9";

    private static readonly string[] Categories =
    [
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
        "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Cs", "Co", "Cn",
    ];

    private static readonly Dictionary<string, string> Others = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Letter"] = @"\p{L}",
        ["Mark"] = @"\p{M}",
        ["Number"] = @"\p{N}",
        ["Punctuation"] = @"\p{P}",
        ["Symbol"] = @"\p{S}",
        ["Separator"] = @"\p{Z}",
        ["Other"] = @"\p{C}",
        ["Uppercase_Letter"] = @"\p{Lu}",
        ["Lowercase_Letter"] = @"\p{Ll}",
        ["Alpha"] = @"\p{L}\p{Nl}",
        ["Alphabetic"] = @"\p{L}\p{Nl}",
        ["Digit"] = @"\p{Nd}",
        ["Space"] = @"\s",
        ["White_Space"] = @"\s",
        ["Word"] = Word,
        // Unicode scripts, within U+0000 to U+FFFF.
        ["Han"] = @"\u2E80-\u2E99\u2E9B-\u2EF3\u2F00-\u2FD5\u3005\u3007\u3021-\u3029\u3038-\u303B\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFA6D\uFA70-\uFAD9",
        ["Hiragana"] = @"\u3041-\u3096\u309D-\u309F",
        ["Katakana"] = @"\u30A1-\u30FA\u30FD-\u30FF\u31F0-\u31FF\u32D0-\u32FE\u3300-\u3357\uFF66-\uFF6F\uFF71-\uFF9D",
        ["Hangul"] = @"\u1100-\u11FF\u302E\u302F\u3131-\u318E\u3200-\u321E\u3260-\u327E\uA960-\uA97C\uAC00-\uD7A3\uD7B0-\uD7C6\uD7CB-\uD7FB\uFFA0-\uFFBE"
            + @"\uFFC2-\uFFC7\uFFCA-\uFFCF\uFFD2-\uFFD7\uFFDA-\uFFDC",
        ["Thai"] = @"\u0E01-\u0E3A\u0E40-\u0E5B",
        ["Cyrillic"] = @"\u0400-\u0484\u0487-\u052F\u1C80-\u1C88\u1D2B\u1D78\u2DE0-\u2DFF\uA640-\uA69F\uFE2E\uFE2F",
    };

    /// <summary>Reads <c>\p{Name}</c>, <c>\P{Name}</c>, <c>\p{^Name}</c> or <c>\pL</c> and moves after it.</summary>
    public static UnicodeProperties Read(string pattern, ref int position)
    {
        var negated = pattern[position + 1] == 'P';
        string name;
        if (position + 2 < pattern.Length && pattern[position + 2] != '{')
        {
            name = pattern[position + 2].ToString();
            position += 3;
        }
        else
        {
            var close = pattern.IndexOf('}', position);
            name = close < 0 ? "" : pattern[(position + 3)..close];
            position = close + 1;
        }

        if (name.StartsWith('^'))
        {
            negated = !negated;
            name = name[1..];
        }

        var category = Array.Find(Categories, known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
        var content = category is not null ? $"\\p{{{category}}}" : Others.GetValueOrDefault(name);
        return content is not null
            ? new UnicodeProperties(content, negated)
            : throw new TokenizerException(
                "reading a pattern of the tokenizer",
                $"the pattern '{pattern}' names the Unicode property '{name}', which is not supported",
                "Use a tokenizer file without it");
    }

    /// <summary>As a class of its own.</summary>
    public string AsClass() => Negated ? $"[^{Content}]" : $"[{Content}]";

    /// <summary>As a member of a class.</summary>
    public string AsMember(string pattern)
    {
        if (!Negated)
        {
            return Content;
        }

        return Content.StartsWith("\\p{", StringComparison.Ordinal) && Content.LastIndexOf('\\') == 0
            ? "\\P" + Content[2..]
            : throw new TokenizerException(
                "reading a pattern of the tokenizer",
                $"the pattern '{pattern}' uses a negated property within a class, which is not supported",
                "Use a tokenizer file without it");
    }
}
