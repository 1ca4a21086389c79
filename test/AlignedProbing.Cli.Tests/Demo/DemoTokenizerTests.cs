using AlignedProbing.Prompts;
using AlignedProbing.Tokenizers;
using AlignedProbing.Tools.TrainDemo;

namespace AlignedProbing.Cli.Tests.Demo;

public sealed class DemoTokenizerTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void It_gives_every_prompt_back()
    {
        var tokenizer = Tokenizer.FromFolder(DemoFiles.Model);
        Assert.All(PromptSet.Read(DemoFiles.Prompts, new PromptSetOptions()).Prompts, prompt =>
        {
            var ids = tokenizer.Encode(prompt.Text, addSpecialTokens: true).Ids;
            Assert.Equal(prompt.Text, tokenizer.Decode(ids, skipSpecialTokens: false));
            Assert.All(ids, id => Assert.InRange(id, 1, tokenizer.VocabularySize - 1));
        });
    }

    [Fact]
    public void Its_first_id_ends_a_text_and_is_special()
    {
        var tokenizer = Tokenizer.FromFolder(DemoFiles.Model);
        Assert.Equal(BytePairTokenizer.EndOfTextId, tokenizer.IdOf(BytePairTokenizer.EndOfText));
        Assert.True(tokenizer.IsSpecial(BytePairTokenizer.EndOfTextId));
        Assert.Equal([BytePairTokenizer.EndOfTextId], tokenizer.Encode(BytePairTokenizer.EndOfText, addSpecialTokens: true).Ids);
    }

    [Theory]
    [InlineData("low lower lowest")]
    [InlineData("  two blanks, a\ttab \n and a line's end ")]
    [InlineData("naïve café 東京 🙂 1234,5")]
    [InlineData("we'll can't he's")]
    public void What_training_writes_the_reader_of_tokenizers_encodes_alike(string text)
    {
        var trained = BytePairTokenizer.Train(["low lower lowest, a new low", "we'll see, can't we", "naïve café, 東京 and more 東京"], 320);
        using (var stream = File.Create(_path))
        {
            trained.Write(stream);
        }

        var read = Tokenizer.FromFile(_path);
        Assert.Equal(trained.VocabularySize, read.VocabularySize);
        Assert.Equal(trained.Encode(text), read.Encode(text, addSpecialTokens: true).Ids);
    }
}
