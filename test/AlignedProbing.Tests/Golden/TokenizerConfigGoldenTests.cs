using System.Text.Json;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Tokenizers;
using AlignedProbing.Tokenizers.Inspection;

namespace AlignedProbing.Tests.Golden;

/// <summary>What AutoTokenizer makes of a <c>tokenizer.json</c> and the configuration beside it.</summary>
public sealed class TokenizerConfigGoldenTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tokenizer-config").FullName;

    [Theory]
    [InlineData("bert-cased")]
    [InlineData("llama-added-decoder")]
    [InlineData("llama-eos")]
    [InlineData("llama-generic-class")]
    [InlineData("llama-nobos")]
    [InlineData("llama-special-map")]
    [InlineData("llama3-generic")]
    [InlineData("neox-eos")]
    [InlineData("smol-prefix")]
    public void A_folder_is_read_as_its_class_reads_it(string name)
    {
        var golden = SharedData.Path("goldens", "tokenizer-config", name);
        var based = File.ReadAllText(Path.Combine(golden, "base.txt")).Trim();
        File.Copy(SharedData.Path("goldens", "tokenizers", based, "tokenizer.json"), Path.Combine(_folder, "tokenizer.json"));
        foreach (var file in Directory.EnumerateFiles(golden, "*.json").Where(file => Path.GetFileName(file) != "expected.json"))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        }

        using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(golden, "expected.json")));
        var texts = expected.RootElement.EnumerateArray().Select(entry => entry.GetProperty("text").GetString()!).ToList();
        using var written = new MemoryStream();
        TokenInspection.Write(Tokenizer.FromFolder(_folder), texts, written);
        using var found = JsonDocument.Parse(written.ToArray());
        Assert.NotEmpty(texts);
        foreach (var (asked, got) in expected.RootElement.EnumerateArray().Zip(found.RootElement.EnumerateArray()))
        {
            foreach (var part in asked.EnumerateObject().Where(part => part.Name != "text"))
            {
                var place = $"{asked.GetProperty("text").GetRawText()} {part.Name} ";
                Assert.Equal(place + Plain(part.Value), place + Plain(got.GetProperty(part.Name)));
            }
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Plain(JsonElement value) => JsonSerializer.Serialize(value);
}
