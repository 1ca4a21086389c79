using AlignedProbing.Tokenizers;

namespace AlignedProbing.Tests.Tokenizers;

public sealed class AddedTokenTests
{
    [Theory]
    [InlineData("{}", "a<x>b", "1:0-1 9:1-4 2:4-5")]
    [InlineData("{}", "a <x> b", "1:0-1 9:2-5 2:6-7")]
    [InlineData("{'lstrip':true}", "a  <x> b", "1:0-1 9:1-6 2:7-8")]
    [InlineData("{'rstrip':true}", "a <x>\u00A0 b", "1:0-1 9:2-7 2:7-8")]
    [InlineData("{'single_word':true}", "a<x>b", "1:0-1 0:1-2 0:2-3 0:3-4 2:4-5")]
    [InlineData("{'single_word':true}", "a <x>.", "1:0-1 9:2-5 0:5-6")]
    public void An_added_token_is_found_by_its_rules(string rules, string text, string expected)
    {
        var settings = rules.Replace('\'', '"').Trim('{', '}');
        var tokenizer = Create($$"""[{"id":9,"content":"<x>","normalized":false,"special":true{{(settings.Length > 0 ? "," + settings : "")}}}]""");
        Assert.Equal(expected, Describe(tokenizer, text));
    }

    [Fact]
    public void The_leftmost_token_counts_and_there_the_longest()
    {
        var tokenizer = Create(
            """[{"id":9,"content":"<x>","normalized":false},{"id":10,"content":"<x><x>","normalized":false},{"id":11,"content":"x><y","normalized":false}]""");
        Assert.Equal("10:0-6 9:6-9", Describe(tokenizer, "<x><x><x>"));
        Assert.Equal("9:0-3 11:4-8", Describe(tokenizer, "<x> x><y"));
    }

    [Fact]
    public void A_normalized_token_is_found_in_normalized_text_and_behind_the_raw_ones()
    {
        var tokenizer = Create(
            """[{"id":9,"content":"Yes","normalized":true,"special":false},{"id":10,"content":"YES!","normalized":false,"special":true}]""",
            """{"type":"Lowercase"}""");
        Assert.Equal("9:0-3", Describe(tokenizer, "YES"));
        Assert.Equal("10:0-4", Describe(tokenizer, "YES!"));
        Assert.Equal("9:0-3 0:3-4", Describe(tokenizer, "yes!"));
    }

    [Fact]
    public void A_normalizer_runs_on_each_part_between_added_tokens()
    {
        var tokenizer = TokenizerJson.Create(
            TokenizerJson.WordLevel("_a", "_b"),
            """{"type":"Prepend","prepend":"_"}""",
            addedTokens: """[{"id":9,"content":"<x>","normalized":false,"special":true}]""");
        Assert.Equal("1:0-1 3:1-4 2:4-5", Describe(tokenizer, "a<x>b"));
    }

    [Fact]
    public void Ids_follow_the_vocabulary_not_the_file()
    {
        var tokenizer = TokenizerJson.Create(
            TokenizerJson.WordLevel("a"),
            addedTokens: """[{"id":70,"content":"<x>","special":true},{"id":71,"content":"a","special":false},{"id":72,"content":"<y>"}]""");
        Assert.Equal(2, tokenizer.IdOf("<x>"));
        Assert.Equal(1, tokenizer.IdOf("a"));
        Assert.Equal(3, tokenizer.IdOf("<y>"));
        Assert.Equal(4, tokenizer.VocabularySize);
        Assert.True(tokenizer.IsSpecial(2));
        Assert.False(tokenizer.IsSpecial(3));
        Assert.False(tokenizer.IsSpecial(99));
        Assert.Equal("<y>", tokenizer.TokenOf(3));
        Assert.Null(tokenizer.TokenOf(99));
        Assert.Null(tokenizer.IdOf("<z>"));
    }

    [Fact]
    public void Decoding_leaves_special_tokens_out_when_asked()
    {
        var tokenizer = TokenizerJson.Create(
            TokenizerJson.WordLevel("a"),
            addedTokens: """[{"id":2,"content":"<x>","special":true},{"id":3,"content":"<y>","special":false}]""");
        Assert.Equal("a <x> <y>", tokenizer.Decode([1, 2, 3], skipSpecialTokens: false));
        Assert.Equal("a <y>", tokenizer.Decode([1, 2, 3], skipSpecialTokens: true));
    }

    [Theory]
    [InlineData("""{"type":"BertProcessing","sep":["S",7],"cls":["C",8]}""", "8:0-0 1:0-1 7:0-0")]
    [InlineData("""{"type":"RobertaProcessing","sep":["S",7],"cls":["C",8],"trim_offsets":true,"add_prefix_space":false}""", "8:0-0 1:0-1 7:0-0")]
    [InlineData(
        """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"C","type_id":0}},""" +
        """{"Sequence":{"id":"A","type_id":0}}],"pair":[],"special_tokens":{"C":{"id":"C","ids":[8,7],"tokens":["C","S"]}}}""",
        "8:0-0 7:0-0 1:0-1"
    )]
    [InlineData(
        """{"type":"Sequence","processors":[{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true},{"type":"BertProcessing","sep":["S",""" +
        """7],"cls":["C",8]}]}""",
        "8:0-0 1:0-1 7:0-0"
    )]
    public void Special_tokens_are_added_around_the_text_when_asked(string postProcessor, string expected)
    {
        var tokenizer = TokenizerJson.Create(TokenizerJson.WordLevel("a"), postProcessor: postProcessor);
        var encoded = tokenizer.Encode("a", addSpecialTokens: true);
        Assert.Equal(expected, string.Join(' ', encoded.Ids.Zip(encoded.Offsets, (id, range) => $"{id}:{range.Start}-{range.End}")));
        Assert.Equal([1], tokenizer.Encode("a", addSpecialTokens: false).Ids);
    }

    [Theory]
    [InlineData("true", "true", "1:0-1 2:2-3")]
    [InlineData("true", "false", "1:1-1 2:2-3")]
    [InlineData("false", "true", "1:0-1 2:1-3")]
    public void Blanks_are_trimmed_off_ranges_when_asked(string trim, string keepsAddedSpace, string expected)
    {
        var tokenizer = TokenizerJson.Create(
            TokenizerJson.WordLevel("\u0120a", "\u0120b"),
            preTokenizer: """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true}""",
            postProcessor: $$"""{"type":"ByteLevel","add_prefix_space":{{keepsAddedSpace}},"trim_offsets":{{trim}}}""");
        Assert.Equal(expected, Describe(tokenizer, "a b"));
    }

    [Fact]
    public void A_blank_at_a_tokens_end_is_trimmed_too()
    {
        var tokenizer = TokenizerJson.Create(
            TokenizerJson.WordLevel("a\u0120\u0120"),
            preTokenizer: """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}""",
            postProcessor: """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true}""");
        Assert.Equal("1:0-1", Describe(tokenizer, "a  "));
    }

    [Fact]
    public void Trimming_never_cuts_a_surrogate_pair()
    {
        var tokenizer = TokenizerJson.Create(
            TokenizerJson.WordLevel("\u0120\u00F0\u0141\u013B\u0124"),
            preTokenizer: """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true}""",
            postProcessor: """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true}""");
        Assert.Equal("1:2-2", Describe(tokenizer, "\U0001F642"));
    }

    [Fact]
    public void A_lone_surrogate_counts_as_the_replacement_character()
    {
        var tokenizer = TokenizerJson.Create(TokenizerJson.WordLevel("\uFFFD", "a"), preTokenizer: """{"type":"FixedLength","length":1}""");
        Assert.Equal("2:0-1 1:1-2 2:2-3 1:3-4", Describe(tokenizer, "a\uD83Da\uDE42"));
    }

    [Theory]
    [InlineData(null, """{"type":"Metaspace","replacement":"_","prepend_scheme":"first","split":true}""", true)]
    [InlineData(null, """{"type":"Metaspace","replacement":"_","prepend_scheme":"never","split":true}""", false)]
    [InlineData("""{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"\u2581"}]}""", null, true)]
    [InlineData("""{"type":"Lowercase"}""", """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true}""", false)]
    [InlineData(null, """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true}""", true)]
    public void A_tokenizer_says_whether_it_writes_the_first_blank(string? normalizer, string? preTokenizer, bool expected) =>
        Assert.Equal(expected, TokenizerJson.Create(TokenizerJson.WordLevel("a"), normalizer, preTokenizer).AddsPrefixSpace);

    private static Tokenizer Create(string addedTokens, string? normalizer = null) => TokenizerJson.Create(
        TokenizerJson.WordLevel("a", "b", "3", "4", "5", "6", "7", "8"), normalizer, """{"type":"BertPreTokenizer"}""", addedTokens: addedTokens);

    private static string Describe(Tokenizer tokenizer, string text)
    {
        var encoded = tokenizer.Encode(text, addSpecialTokens: false);
        return string.Join(' ', encoded.Ids.Zip(encoded.Offsets, (id, range) => $"{id}:{range.Start}-{range.End}"));
    }
}
