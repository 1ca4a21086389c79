using AlignedProbing.Tokenizers;
using AlignedProbing.Tokenizers.Files;

namespace AlignedProbing.Tests.Tokenizers;

public sealed class ModelTests
{
    private const string Letters = """ "<unk>":0,"a":1,"b":2,"c":3,"ab":4,"bc":5,"abc":6 """;

    [Theory]
    // The lowest rank first, the leftmost among equals.
    [InlineData("""["a b","b c","ab c"]""", "abc", "6:0-3")]
    [InlineData("""["b c","a b"]""", "abc", "1:0-1 5:1-3")]
    [InlineData("""["a b","b c"]""", "abcbc", "4:0-2 3:2-3 5:3-5")]
    [InlineData("""[["a","b"]]""", "abab", "4:0-2 4:2-4")]
    public void Pairs_merge_by_rank_and_then_from_the_left(string merges, string text, string expected) =>
        Assert.Equal(expected, Describe(TokenizerJson.Create($$"""{"type":"BPE","vocab":{ {{Letters}} },"merges":{{merges}}}"""), text));

    [Theory]
    [InlineData("\"unk_token\":\"<unk>\"", "axyb", "1:0-1 0:1-2 0:2-3 2:3-4")]
    [InlineData("\"unk_token\":\"<unk>\",\"fuse_unk\":true", "axyb", "1:0-1 0:1-3 2:3-4")]
    [InlineData("\"unk_token\":\"<unk>\",\"fuse_unk\":true", "a\U0001F642\u00E9b", "1:0-1 0:1-4 2:4-5")]
    [InlineData("\"unk_token\":null", "axb", "1:0-1 2:1-2")]
    [InlineData("\"ignore_merges\":true", "abc", "6:0-3")]
    [InlineData("\"ignore_merges\":false", "abc", "1:0-1 2:1-2 3:2-3")]
    public void Byte_pairs_deal_with_what_the_vocabulary_lacks(string settings, string text, string expected) =>
        Assert.Equal(expected, Describe(TokenizerJson.Create($$"""{"type":"BPE",{{settings}},"vocab":{ {{Letters}} },"merges":[]}"""), text));

    [Fact]
    public void Byte_fallback_writes_a_characters_bytes_all_with_its_range()
    {
        var vocabulary = string.Join(',', Enumerable.Range(0, 256).Select(value => $"\"<0x{value:X2}>\":{value + 1}"));
        var tokenizer = TokenizerJson.Create(
            $$"""{"type":"BPE","unk_token":"<unk>","byte_fallback":true,"vocab":{"<unk>":0,{{vocabulary}},"a":300},"merges":[]}""");
        Assert.Equal("300:0-1 196:1-2 170:1-2 300:2-3", Describe(tokenizer, "a\u00E9a"));
        Assert.Equal("241:0-2 160:0-2 154:0-2 131:0-2", Describe(tokenizer, "\U0001F642"));
    }

    [Fact]
    public void Prefix_and_suffix_of_byte_pairs_are_part_of_the_lookup()
    {
        var model =
            """{"type":"BPE","continuing_subword_prefix":"##","end_of_word_suffix":"$","vocab":{"a":0,"##b":1,"##b$":2,"ab$":3,"a$":4},"merges":["a ##b$"]}""";
        Assert.Equal("3:0-2", Describe(TokenizerJson.Create(model), "ab"));
        Assert.Equal("0:0-1 1:1-2 2:2-3", Describe(TokenizerJson.Create(model), "abb"));
        Assert.Equal("4:0-1", Describe(TokenizerJson.Create(model), "a"));
    }

    [Fact]
    public void Word_pieces_are_the_longest_that_fit()
    {
        var model =
            """{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":6,"vocab":{"[UNK]":0,"un":1,"##able":2,""" +
            """ "##a":3,"unax":4}}""";
        var tokenizer = TokenizerJson.Create(model);
        Assert.Equal("1:0-2 2:2-6", Describe(tokenizer, "unable"));
        Assert.Equal("4:0-4", Describe(tokenizer, "unax"));

        // No way back: what follows the longest beginning is no token.
        Assert.Equal("0:0-5", Describe(tokenizer, "unaxb"));
        Assert.Equal("0:0-7", Describe(tokenizer, "unablea"));
    }

    [Fact]
    public void Unigrams_take_the_best_sum_of_scores_and_fuse_what_is_unknown()
    {
        var model = """{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["a",-1.5],["b",-1.5],["ab",-2.5],["abc",-9],["c",-1]]}""";
        var tokenizer = TokenizerJson.Create(model);
        Assert.Equal("3:0-2 5:2-3", Describe(tokenizer, "abc"));
        Assert.Equal("1:0-1 0:1-4 2:4-5", Describe(tokenizer, "a\U0001F642zb"));
        Assert.Null(tokenizer.TokenOf(6));
    }

    [Fact]
    public void Unigrams_fall_back_to_bytes_with_the_range_of_the_unknown_text()
    {
        var bytes = string.Join(',', Enumerable.Range(0, 256).Select(value => $"[\"<0x{value:X2}>\",-9]"));
        var tokenizer = TokenizerJson.Create($$"""{"type":"Unigram","unk_id":0,"byte_fallback":true,"vocab":[["<unk>",0],["a",-1],{{bytes}}]}""");
        Assert.Equal("1:0-1 197:1-3 171:1-3 122:1-3 1:3-4", Describe(tokenizer, "a\u00E9xa"));
    }

    [Theory]
    [InlineData("-3.25", -3.25)]
    [InlineData("1e2", 100)]
    [InlineData("12.5E-1", 1.25)]
    [InlineData("0.1", 0.1)]
    [InlineData("123456789012345678901234567890", 1.2345678901234567e29)]
    [InlineData("1e-400", 0)]
    [InlineData("-0", 0)]
    public void Scores_are_read_as_numbers(string text, double expected) =>
        Assert.Equal(expected, ReferenceNumber.Parse(System.Text.Encoding.ASCII.GetBytes(text)), Math.Abs(expected) * 1e-14);

    [Fact]
    public void A_word_without_any_token_is_an_error_where_nothing_stands_for_the_unknown()
    {
        Assert.Throws<TokenizerException>(() => TokenizerJson.Create("""{"type":"WordLevel","unk_token":"?","vocab":{"a":0}}""").Encode("b", false));
        Assert.Throws<TokenizerException>(() => TokenizerJson.Create("""{"type":"Unigram","unk_id":null,"vocab":[["a",-1]]}""").Encode("b", false));
        Assert.Throws<TokenizerException>(() => TokenizerJson.Create("""{"type":"BPE","unk_token":"?","vocab":{"a":0},"merges":[]}""").Encode("b", false));
        Assert.Throws<TokenizerException>(() =>
            TokenizerJson
                .Create("""{"type":"WordPiece","unk_token":"?","continuing_subword_prefix":"","max_input_chars_per_word":9,"vocab":{"a":0}}""")
                .Encode("b", false));
    }

    [Fact]
    public void A_byte_level_vocabulary_that_lacks_a_byte_drops_it_alike_in_words_and_in_bytes()
    {
        // "é" is two bytes, of which only the first is a token; the reference counts the others' positions as if it were not there.
        var tokenizer = TokenizerJson.Create(
            """{"type":"BPE","vocab":{"a":0,"\u00C3":1,"b":2},"merges":[]}""",
            preTokenizer: """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true}""");
        Assert.Equal([0, 1, 2], tokenizer.Encode("a\u00E9b", false).Ids);
    }

    [Fact]
    public void Results_do_not_depend_on_what_was_tokenized_before_or_beside()
    {
        // More words of one length than are remembered.
        var texts = Enumerable.Range(0, 100).Select(i => string.Join(' ', Enumerable.Range(i * 590, 590).Select(Word))).ToList();
        var alone = texts.Select(text => Describe(Create(), text)).ToList();
        var tokenizer = Create();
        var together = new string[texts.Count];
        Parallel.For(0, texts.Count, i => together[i] = Describe(tokenizer, texts[i]));
        Assert.Equal(alone, together);

        static Tokenizer Create() => TokenizerJson.Create(
            $$"""{"type":"BPE","vocab":{ {{Letters}} },"merges":["a b","b c","ab c"]}""", preTokenizer: """{"type":"WhitespaceSplit"}""");

        static string Word(int number) => string.Concat(Enumerable.Range(0, 10).Select(digit => "abc"[number / (int)Math.Pow(3, digit) % 3]));
    }

    [Fact]
    public void A_long_word_takes_time_that_grows_with_its_length_not_its_square()
    {
        var tokenizer = TokenizerJson.Create("""{"type":"BPE","vocab":{"a":0,"aa":1,"aaaa":2},"merges":["a a","aa aa"]}""");
        Assert.Equal(100_000, tokenizer.Encode(new string('a', 400_000), false).Ids.Length);
    }

    private static string Describe(Tokenizer tokenizer, string text)
    {
        var encoded = tokenizer.Encode(text, addSpecialTokens: false);
        return string.Join(' ', encoded.Ids.Zip(encoded.Offsets, (id, range) => $"{id}:{range.Start}-{range.End}"));
    }
}
