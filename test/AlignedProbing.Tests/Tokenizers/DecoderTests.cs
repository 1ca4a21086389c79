namespace AlignedProbing.Tests.Tokenizers;

public sealed class DecoderTests
{
    [Theory]
    [InlineData("""{"type":"ByteLevel"}""", "\u0120a|\u00C3|\u00A9|\u00F0\u0141", " a\u00E9\uFFFD")]
    [InlineData("""{"type":"ByteLevel"}""", "\u6F22|b", "\u6F22b")]
    [InlineData("""{"type":"ByteFallback"}""", "a|<0xC3>|<0xA9>|b|<0xC3>|<0x41>|<0xZZ>", "a\u00E9b\uFFFD\uFFFD<0xZZ>")]
    [InlineData("""{"type":"Fuse"}""", "a|b", "ab")]
    [InlineData("""{"type":"Strip","content":"x","start":1,"stop":2}""", "xxaxxx|x", "xax")]
    [InlineData("""{"type":"Replace","pattern":{"String":"_"},"content":" "}""", "_a_|b", " a b")]
    [InlineData("""{"type":"Metaspace","replacement":"_","prepend_scheme":"always","split":true}""", "_a|_b_", "a b ")]
    [InlineData("""{"type":"Metaspace","replacement":"_","prepend_scheme":"never","split":true}""", "_a|_b", " a b")]
    [InlineData("""{"type":"WordPiece","prefix":"##","cleanup":true}""", "do|n|##t|.|you|'s", "do nt. you's")]
    [InlineData("""{"type":"WordPiece","prefix":"##","cleanup":false}""", "a|##b|.", "ab .")]
    [InlineData("""{"type":"BPEDecoder","suffix":"</w>"}""", "a|b</w>|c</w>", "ab c")]
    [InlineData("""{"type":"CTC","pad_token":"<pad>","word_delimiter_token":"|","cleanup":true}""", "a,a,<pad>,a,|,b", "aa b")]
    [InlineData("""{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}""", " a| b", "a b")]
    public void Tokens_become_text(string decoder, string tokens, string expected) =>
        Assert.Equal(expected, TokenizerJson.Decode(decoder, tokens.Split(decoder.Contains("CTC", StringComparison.Ordinal) ? ',' : '|')));

    [Fact]
    public void Without_a_decoder_tokens_are_joined_by_blanks()
    {
        var tokenizer = TokenizerJson.Create(TokenizerJson.WordLevel("a", "b"));
        Assert.Equal("a b", tokenizer.Decode([1, 2, 99], skipSpecialTokens: false));
    }

    [Fact]
    public void A_continuation_keeps_the_blank_that_its_own_decoding_would_drop()
    {
        var tokenizer = TokenizerJson.Create(
            TokenizerJson.WordLevel("_Hello", "_world"),
            decoder: """{"type":"Metaspace","replacement":"_","prepend_scheme":"always","split":true}""");
        Assert.Equal("world", tokenizer.Decode([2], skipSpecialTokens: false));
        Assert.Equal(" world", tokenizer.DecodeContinuation([1], [2], skipSpecialTokens: false));
        Assert.Equal("world", tokenizer.DecodeContinuation([], [2], skipSpecialTokens: false));
        Assert.Equal("", tokenizer.DecodeContinuation([1], [], skipSpecialTokens: false));
    }

    [Fact]
    public void A_character_whose_bytes_span_the_border_belongs_to_the_continuation()
    {
        var tokenizer = TokenizerJson.Create(
            TokenizerJson.WordLevel("a", "\u00C3", "\u00A9", "\u00F0\u0141", "\u013B\u0124"),
            decoder: """{"type":"ByteLevel"}""");
        Assert.Equal("\u00E9", tokenizer.DecodeContinuation([1, 2], [3], skipSpecialTokens: false));
        Assert.Equal("\U0001F642", tokenizer.DecodeContinuation([1, 4], [5], skipSpecialTokens: false));
        // Not completed: the damaged character stays the prompt's.
        Assert.Equal("a", tokenizer.DecodeContinuation([1, 2], [1], skipSpecialTokens: false));
    }
}
