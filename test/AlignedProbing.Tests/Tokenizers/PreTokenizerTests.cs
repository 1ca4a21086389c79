namespace AlignedProbing.Tests.Tokenizers;

public sealed class PreTokenizerTests
{
    [Theory]
    [InlineData("""{"type":"Whitespace"}""", "Hi, you_2  \u216B!?", "Hi|,|you_2|\u216B|!?")]
    [InlineData("""{"type":"WhitespaceSplit"}""", " a,\u00A0b\u3000", "a,|b")]
    [InlineData("""{"type":"BertPreTokenizer"}""", "a,b $c", "a|,|b|$|c")]
    [InlineData("""{"type":"Digits","individual_digits":true}""", "a12\u00BD", "a|1|2|\u00BD")]
    [InlineData("""{"type":"Digits","individual_digits":false}""", "a12b3", "a|12|b|3")]
    [InlineData("""{"type":"CharDelimiterSplit","delimiter":"-"}""", "a--b-", "a|b")]
    [InlineData("""{"type":"FixedLength","length":2}""", "ab\U0001F642de", "ab|\U0001F642d|e")]
    [InlineData("""{"type":"Punctuation","behavior":"Removed"}""", "a.b!!c", "a|b|c")]
    [InlineData("""{"type":"Punctuation","behavior":"Isolated"}""", "a.b!!c", "a|.|b|!|!|c")]
    [InlineData("""{"type":"Punctuation","behavior":"Contiguous"}""", "a.b!!c", "a|.|b|!!|c")]
    [InlineData("""{"type":"Punctuation","behavior":"MergedWithPrevious"}""", "a.b!!c", "a.|b!|!|c")]
    [InlineData("""{"type":"Punctuation","behavior":"MergedWithNext"}""", "a.b!!c", "a|.b|!|!c")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"[a-z]+"},"behavior":"Removed","invert":true}""", "ab 12cd", "ab|cd")]
    [InlineData("""{"type":"Split","pattern":{"String":"+"},"behavior":"MergedWithPrevious","invert":false}""", "a+b", "a+|b")]
    [InlineData("""{"type":"Metaspace","replacement":"_","prepend_scheme":"always","split":true}""", "a  b", "_a|_|_b")]
    [InlineData("""{"type":"Metaspace","replacement":"_","prepend_scheme":"never","split":true}""", "a b", "a|_b")]
    [InlineData("""{"type":"Metaspace","replacement":"_","prepend_scheme":"first","split":false}""", " a b", "_a_b")]
    [InlineData("""{"type":"Metaspace","replacement":"_","add_prefix_space":false}""", "a b", "a|_b")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true}""", "I'll go  \u00E9", "\u0120I|'ll|\u0120go|\u0120|\u0120\u00C3\u00A9")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}""", "a b", "a\u0120b")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Digits","individual_digits":false}]}""", "a1 b22", "a|1|b|22")]
    public void A_text_is_cut(string preTokenizer, string text, string expected) =>
        Assert.Equal(expected.Split('|'), TokenizerJson.PreTokenize(preTokenizer, text));
}
