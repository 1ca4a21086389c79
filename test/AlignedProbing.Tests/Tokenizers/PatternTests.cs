using System.Globalization;
using AlignedProbing.Tokenizers;
using AlignedProbing.Tokenizers.Patterns;

namespace AlignedProbing.Tests.Tokenizers;

public sealed class PatternTests
{
    [Theory]
    // Oniguruma's own spellings.
    [InlineData(@"a++b|\h+", "aab 1F", "aab| |1F")]
    [InlineData(@"(?i:'s)|x", "y'S'\u017Fx", "y|'S|'\u017F|x")]
    [InlineData(@"(?i:k)", "aK\u212Ak", "a|K|\u212A|k")]
    [InlineData(@"\p{^L}+", "ab12c", "ab|12|c")]
    [InlineData(@"\w+", "a\u216B\u00B2 b", "a\u216B\u00B2| |b")]
    [InlineData(@"[[a-c]x]+", "abxd", "abx|d")]
    [InlineData(@"[^\s\P{L}]+", "ab1", "ab|1")]
    [InlineData(@"a{,2}b", "aaab", "a|aab")]
    [InlineData(@"\x{62}|\u0063", "abc", "a|b|c")]
    [InlineData(@"\R", "a\r\nb\u2028c", "a|\r\n|b|\u2028|c")]
    [InlineData(@"^b", "a\nb", "a\n|b")]
    [InlineData(@"(?<=a)b(?!c)", "abab", "a|b|a|b")]
    [InlineData(@"\p{Han}+", "a\u6F22\U00020000b", "a|\u6F22\U00020000|b")]
    // Beyond U+FFFF a character counts by its category, and as one.
    [InlineData(@"\p{L}", "\U00010400\U0001D7D8a", "\U00010400|\U0001D7D8|a")]
    [InlineData(@"\p{N}{1,2}", "\U0001D7D8\U0001D7D9\U0001D7DA", "\U0001D7D8\U0001D7D9|\U0001D7DA")]
    [InlineData(@"[^\s\p{L}\p{N}]", "\U0001F642\U0001F642", "\U0001F642|\U0001F642")]
    public void A_pattern_matches_as_in_Oniguruma(string pattern, string text, string expected) =>
        Assert.Equal(expected.Split('|'), Split(pattern, text));

    [Theory]
    [InlineData(@"\X", @"'\X'")]
    [InlineData(@"(a", "not a regular expression")]
    [InlineData(@"a)", "')'")]
    [InlineData(@"[a", "a class without its end")]
    [InlineData(@"[a-z&&[^b]]", "'&&'")]
    [InlineData(@"\p{Klingon}", "'Klingon'")]
    [InlineData(@"[[:alpha:]]", "[:name:]")]
    [InlineData("[\U0001F642]", "beyond U+FFFF")]
    [InlineData(@"(?<name>a)", "(?<name")]
    [InlineData(@"\x{1F642}", "U+FFFF")]
    [InlineData(@"*a", "nothing before it")]
    public void A_construct_without_counterpart_is_an_error_that_names_it(string pattern, string named)
    {
        var error = Assert.Throws<TokenizerException>(() => new RegexPattern(pattern));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nested_brackets_and_groups_do_not_exhaust_the_stack()
    {
        Assert.Throws<TokenizerException>(() => new RegexPattern(new string('[', 100_000)));
        Assert.Throws<TokenizerException>(() => new RegexPattern(new string('(', 100_000)));
    }

    [Fact]
    public void Every_stand_in_has_the_category_it_stands_for()
    {
        for (var codePoint = 0x10000; codePoint <= 0x10FFFF; codePoint++)
        {
            var category = CharUnicodeInfo.GetUnicodeCategory(codePoint);
            Assert.Equal(category, CharUnicodeInfo.GetUnicodeCategory(RegexPattern.StandIn(codePoint)));
        }
    }

    private static List<string> Split(string pattern, string text)
    {
        var spans = new List<PatternSpan>();
        new RegexPattern(pattern).FindSpans(text, spans);
        return [.. spans.Where(span => span.Start < span.End).Select(span => text[span.Start..span.End])];
    }

    [Fact]
    public void A_pattern_whose_nested_counts_would_fill_the_memory_is_refused_at_once()
    {
        var pattern = string.Concat(Enumerable.Repeat("(?:", 50)) + "a" + string.Concat(Enumerable.Repeat("){2}", 50));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.Contains("20000", Assert.Throws<TokenizerException>(() => PatternCatalog.Create(pattern)).Message, StringComparison.Ordinal);
        Assert.Throws<TokenizerException>(() => PatternCatalog.Create("(a{30000}){30000}"));
        Assert.Throws<TokenizerException>(() => PatternCatalog.Create(new string('(', 200) + "a" + new string(')', 200)));
        Assert.Throws<TokenizerException>(() => PatternCatalog.Create(new string('a', 30_000)));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 2);
        Assert.NotNull(PatternCatalog.Create(@"[^\]{}]{1,3}(?:ab){1,50}\{x{2}"));
    }
}
