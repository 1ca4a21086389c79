using System.Text.Json;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Tokenizers;

namespace AlignedProbing.Tests.Golden;

/// <summary>Tokenizers in the metadata of GGUF files, against the ids that Hugging Face's tokenizers make of the same (goldens/NOTES.md).</summary>
public sealed class GgufTokenizerGoldenTests
{
    [Theory]
    [InlineData("llama")]
    [InlineData("qwen2")]
    [InlineData("gpt2")]
    public void Ids_and_texts_are_those_of_the_metadata(string name)
    {
        var tokenizer = Tokenizer.FromFolder(SharedData.Path("goldens", "gguf", name, $"{name}.gguf"));
        using var expected = JsonDocument.Parse(File.ReadAllBytes(SharedData.Path("goldens", "gguf", name, "tokens.json")));
        foreach (var entry in expected.RootElement.GetProperty("strings").EnumerateArray())
        {
            var text = entry.GetProperty("text").GetString()!;
            var ids = Ids(entry.GetProperty("ids"));
            Assert.Equal((text, string.Join(' ', ids)), (text, string.Join(' ', tokenizer.Encode(text, false).Ids)));
            Assert.Equal((text, string.Join(' ', Ids(entry.GetProperty("ids_with_special")))), (text, string.Join(' ', tokenizer.Encode(text, true).Ids)));
            Assert.Equal(entry.GetProperty("decoded").GetString(), tokenizer.Decode(ids, skipSpecialTokens: false));
        }
    }

    [Fact]
    public void A_published_files_tokenizer_is_that_of_its_tokenizer_json()
    {
        var folder = SharedData.Path("models", "SmolLM2-135M-Instruct");
        var (packed, own) = (Tokenizer.FromFolder(Path.Combine(folder, "SmolLM2-135M-Instruct.Q4_1.gguf")), Tokenizer.FromFolder(folder));
        using var strings = JsonDocument.Parse(File.ReadAllBytes(SharedData.Path("goldens", "tokenizers", "strings.json")));
        var texts = strings.RootElement.EnumerateArray().Select(text => text.GetString()!).ToArray();
        Assert.True(texts.Length > 100);
        Assert.All(texts, text => Assert.Equal(own.Encode(text, true).Ids, packed.Encode(text, true).Ids));
    }

    private static int[] Ids(JsonElement list) => [.. list.EnumerateArray().Select(id => id.GetInt32())];
}
