using System.Globalization;
using System.Text.Json;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Tokenizers;
using AlignedProbing.Tokenizers.Inspection;

namespace AlignedProbing.Tests.Golden;

/// <summary>Ids, ranges, ids with special tokens and decoded text of every string, as the Rust library gives them.</summary>
public sealed class TokenizerGoldenTests
{
    private const int MostDifferencesShown = 10;

    [Theory]
    [InlineData("smollm2")]
    [InlineData("llama3")]
    [InlineData("neoxlike")]
    [InlineData("qwen3")]
    [InlineData("gpt35turbo")]
    [InlineData("bert")]
    [InlineData("bertlike")]
    [InlineData("robertalike")]
    [InlineData("llama2")]
    [InlineData("mistrallike")]
    [InlineData("t5like")]
    [InlineData("t5-precompiled")]
    [InlineData("files-bert")]
    [InlineData("files-gpt2")]
    [InlineData("files-roberta")]
    [InlineData("spm-llama")]
    [InlineData("spm-t5")]
    [InlineData("spm-xlmr")]
    public void Every_string_is_tokenized_and_decoded_as_by_the_reference(string name)
    {
        var tokenizer = Tokenizer.FromFolder(SharedData.Path("goldens", "tokenizers", name));
        using var strings = JsonDocument.Parse(File.ReadAllBytes(SharedData.Path("goldens", "tokenizers", "strings.json")));
        using var expected = JsonDocument.Parse(File.ReadAllBytes(SharedData.Path("goldens", "tokenizers", name, "expected.json")));
        var texts = strings.RootElement.EnumerateArray().Select(text => text.GetString()!).ToList();
        using var written = new MemoryStream();
        TokenInspection.Write(tokenizer, texts, written);
        using var found = JsonDocument.Parse(written.ToArray());
        Assert.NotEmpty(texts);
        Assert.Equal(texts.Count, expected.RootElement.GetArrayLength());
        Assert.Equal(texts.Count, found.RootElement.GetArrayLength());
        var differences = texts.Zip(expected.RootElement.EnumerateArray(), found.RootElement.EnumerateArray())
            .Where(entry => !JsonElement.DeepEquals(entry.Second, entry.Third))
            .Select(entry => $"{JsonSerializer.Serialize(entry.First)}\n    expected {entry.Second.GetRawText()}\n    got      {entry.Third.GetRawText()}")
            .ToList();
        Assert.True(
            differences.Count == 0,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{differences.Count} of {texts.Count} strings differ:\n{string.Join('\n', differences.Take(MostDifferencesShown))}"));
    }

    [Fact]
    public void Cases_that_once_differed_or_are_made_to_be_hard_are_as_by_the_reference()
    {
        var path = Path.Combine(SharedData.RepositoryRoot, "test", "AlignedProbing.Tests", "Golden", "tokenizer-cases.json");
        using var cases = JsonDocument.Parse(File.ReadAllBytes(path));
        Assert.NotEqual(0, cases.RootElement.GetArrayLength());
        var tokenizers = new Dictionary<string, Tokenizer>();
        foreach (var entry in cases.RootElement.EnumerateArray())
        {
            var name = entry.GetProperty("tokenizer").GetString()!;
            if (!tokenizers.TryGetValue(name, out var tokenizer))
            {
                tokenizers[name] = tokenizer = Tokenizer.FromFolder(SharedData.Path("goldens", "tokenizers", name));
            }

            // Written as UTF-16 code units, so that lone surrogates can be among them.
            var units = entry.GetProperty("text").GetString()!.Split(' ');
            var text = string.Concat(units.Select(unit => (char)int.Parse(unit, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)));
            var encoded = tokenizer.Encode(text, addSpecialTokens: true);
            var place = $"{name}: {JsonSerializer.Serialize(text)} ";
            Assert.Equal(place + entry.GetProperty("ids").GetRawText(), place + Write(encoded.Ids));
            Assert.Equal(place + entry.GetProperty("ranges").GetRawText(), place + Write(CodePointRanges(text, encoded.Offsets).SelectMany(range => range)));
        }
    }

    private static IEnumerable<int[]> CodePointRanges(string text, TextRange[] ranges)
    {
        var before = TokenInspection.CodePointsBefore(text);
        return ranges.Select(range => new[] { before[range.Start], before[range.End] });
    }

    private static string Write(object value) => JsonSerializer.Serialize(value);
}
