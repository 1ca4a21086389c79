namespace AlignedProbing.Tests.Tokenizers;

public sealed class NormalizerTests
{
    [Theory]
    [InlineData("""{"type":"NFC"}""", "e\u0301 \u1100\u1161\u11A8 \u212B", "\u00E9 \uAC01 \u00C5")]
    [InlineData("""{"type":"NFC"}""", "a\u0315\u0300", "\u00E0\u0315")]
    [InlineData("""{"type":"NFC"}""", "\u0958", "\u0915\u093C")]
    [InlineData("""{"type":"NFD"}""", "\u1E69\uAC01", "s\u0323\u0307\u1100\u1161\u11A8")]
    [InlineData("""{"type":"NFD"}""", "\uFB01", "\uFB01")]
    [InlineData("""{"type":"NFKC"}""", "\uFB01\u2460\uFF21\u00A0", "fi1A ")]
    [InlineData("""{"type":"NFKD"}""", "\u1E9B", "s\u0307")]
    [InlineData("""{"type":"Lowercase"}""", "\u00C4\u0130\u03A3 \U00010400", "\u00E4i\u0307\u03C3 \U00010428")]
    [InlineData("""{"type":"StripAccents"}""", "e\u0301\u0903", "e")]
    [InlineData("""{"type":"Strip","strip_left":true,"strip_right":false}""", " \u00A0a ", "a ")]
    [InlineData("""{"type":"Strip","strip_left":false,"strip_right":true}""", " a\u3000 ", " a")]
    [InlineData("""{"type":"Strip","strip_left":true,"strip_right":true}""", " \n ", "")]
    [InlineData("""{"type":"Nmt"}""", "a\u0001\tb\u200Bc\uFEFF", "a b c ")]
    [InlineData("""{"type":"Prepend","prepend":"__"}""", "x", "__x")]
    [InlineData("""{"type":"Prepend","prepend":"__"}""", "", "")]
    [InlineData("""{"type":"Replace","pattern":{"String":"."},"content":"!!"}""", "a.b.", "a!!b!!")]
    [InlineData("""{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}""", "a   b c", "a b c")]
    [InlineData("""{"type":"ByteLevel"}""", "\u00E9 \n", "\u00C3\u00A9\u0120\u010A")]
    [InlineData(
        """{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""",
        "\u00C9\u0000\u200D\t\u6F22!",
        "e  \u6F22 !"
    )]
    [InlineData(
        """{"type":"BertNormalizer","clean_text":false,"handle_chinese_chars":false,"strip_accents":null,"lowercase":false}""",
        "\u00C9\t\u6F22",
        "\u00C9\t\u6F22"
    )]
    [InlineData("""{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"StripAccents"},{"type":"Lowercase"}]}""", "\u00C9A", "ea")]
    public void A_text_is_normalized(string normalizer, string text, string expected) => Assert.Equal(expected, TokenizerJson.Normalize(normalizer, text));

    [Theory]
    // A composed character has the range of its first part, a decomposed one's parts all that of the whole.
    [InlineData("""{"type":"NFC"}""", "ae\u0301b", "0-1 1-2 3-4")]
    [InlineData("""{"type":"NFD"}""", "\u00E9b", "0-1 0-1 1-2")]
    [InlineData("""{"type":"NFKC"}""", "\uFB01x", "0-1 0-1 1-2")]
    // Both halves of a surrogate pair have the pair's range.
    [InlineData("""{"type":"Lowercase"}""", "\U00010400A", "0-2 0-2 2-3")]
    // A prefix takes the range of the first character, a replacement that of the match's last.
    [InlineData("""{"type":"Prepend","prepend":"__"}""", "xy", "0-1 0-1 0-1 1-2")]
    [InlineData("""{"type":"Replace","pattern":{"Regex":" {2,}"},"content":"__"}""", "a   b", "0-1 3-4 3-4 4-5")]
    [InlineData("""{"type":"ByteLevel"}""", "\u00E9b", "0-1 0-1 1-2")]
    [InlineData("""{"type":"Strip","strip_left":true,"strip_right":true}""", "  ab ", "2-3 3-4")]
    public void Every_character_knows_where_it_came_from(string normalizer, string text, string expected) =>
        Assert.Equal(expected, TokenizerJson.Ranges(normalizer, text));

    [Fact]
    public void Characters_younger_than_the_references_Unicode_stay_as_they_are()
    {
        // U+11938 decomposes since Unicode 13, U+2E52 is punctuation since 14: the Rust library knows neither.
        Assert.Equal("\U00011938", TokenizerJson.Normalize("""{"type":"NFD"}""", "\U00011938"));
        Assert.Equal(["a\u2E52b"], TokenizerJson.PreTokenize("""{"type":"Punctuation","behavior":"Isolated"}""", "a\u2E52b"));
    }

    [Fact]
    public void Compiled_rules_replace_the_shortest_match_and_drop_the_rest_of_the_cluster()
    {
        // A trie with one rule, "a" to "xy", as SentencePiece lays it out: units of four bytes, then the replacements.
        var units = new uint[512];
        units[0] = 1 << 10;
        units[1 ^ 'a'] = 'a' | (1 << 8) | (1u << 10);
        units[1 ^ 'a' ^ 1] = 1u << 31;
        var bytes = BitConverter.GetBytes(units.Length * 4).Concat(units.SelectMany(BitConverter.GetBytes)).Concat("xy\0"u8.ToArray()).ToArray();
        var rules = $$"""{"type":"Precompiled","precompiled_charsmap":"{{Convert.ToBase64String(bytes)}}"}""";
        Assert.Equal("bxyb", TokenizerJson.Normalize(rules, "bab"));
        Assert.Equal("0-1 1-2 1-2 2-3", TokenizerJson.Ranges(rules, "bab"));
        Assert.Equal("xyb", TokenizerJson.Normalize(rules, "a\u0301b"));
    }
}
