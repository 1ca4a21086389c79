using AlignedProbing.Tests.Shared;
using AlignedProbing.Tokenizers;

namespace AlignedProbing.Tests.Tokenizers;

/// <summary>Classes and settings beyond those of the reference values: as the source of transformers 4.57 reads, or refused.</summary>
public sealed class ClassRulesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("class-rules-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("llama2", """{"tokenizer_class":"HouseTokenizer","add_bos_token":false,"bos_token":"<s>"}""", "add_bos_token")]
    [InlineData("llama2", """{"tokenizer_class":"HouseTokenizer","add_eos_token":true,"eos_token":"</s>"}""", "add_eos_token")]
    [InlineData("bert", """{"tokenizer_class":"HouseTokenizer","do_lower_case":false}""", "do_lower_case")]
    [InlineData("llama2", """{"tokenizer_class":"LlamaTokenizer","add_prefix_space":false}""", "add_prefix_space")]
    [InlineData("llama2", """{"tokenizer_class":"LlamaTokenizer","bos_token":null}""", "bos_token")]
    [InlineData("smollm2", """{"tokenizer_class":"CodeGenTokenizer","add_bos_token":true}""", "add_bos_token")]
    [InlineData("bert", """{"tokenizer_class":"ByT5Tokenizer"}""", "ByT5Tokenizer")]
    [InlineData("smollm2", """{"tokenizer_class":"BertTokenizer"}""", "normalizer")]
    public void What_a_class_cannot_do_or_nobody_knows_is_refused(string based, string config, string named)
    {
        Give(based, config);
        var error = Assert.Throws<TokenizerException>(() => Tokenizer.FromFolder(_folder));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_class_that_agrees_with_the_file_is_read()
    {
        Give("llama2", """{"tokenizer_class":"HouseTokenizer","add_bos_token":true,"bos_token":"<s>","add_eos_token":false}""");
        Assert.Equal(1, Tokenizer.FromFolder(_folder).Encode("a", addSpecialTokens: true).Ids[0]);
    }

    [Fact]
    public void A_byte_level_pre_tokenizer_takes_the_prefix_space_of_the_configuration()
    {
        Give("robertalike", """{"tokenizer_class":"RobertaTokenizer","add_prefix_space":true}""");
        var with = Tokenizer.FromFolder(_folder);
        Assert.True(with.AddsPrefixSpace);
        Give("robertalike", """{"tokenizer_class":"RobertaTokenizer"}""");
        Assert.False(Tokenizer.FromFolder(_folder).AddsPrefixSpace);
        Assert.NotEqual(
            with.Encode("word", addSpecialTokens: false).Ids,
            Tokenizer.FromFolder(_folder).Encode("word", addSpecialTokens: false).Ids);
    }

    [Fact]
    public void Special_tokens_within_a_text_are_split_where_the_configuration_says_so()
    {
        Give("llama2", """{"tokenizer_class":"LlamaTokenizer","split_special_tokens":true}""");
        Assert.DoesNotContain(2, Tokenizer.FromFolder(_folder).Encode("a</s>", addSpecialTokens: true).Ids);
    }

    [Fact]
    public void Decoded_text_is_cleaned_up_where_the_configuration_says_so()
    {
        Give("smollm2", """{"tokenizer_class":"GPT2Tokenizer","clean_up_tokenization_spaces":true}""");
        var tokenizer = Tokenizer.FromFolder(_folder);
        Assert.Equal("Well, it's done.", tokenizer.Decode(tokenizer.Encode("Well , it 's done .", addSpecialTokens: false).Ids, skipSpecialTokens: true));
        Assert.Equal("do not", tokenizer.Decode(tokenizer.Encode("do not", addSpecialTokens: false).Ids, skipSpecialTokens: true));
    }

    private void Give(string based, string config)
    {
        File.Copy(SharedData.Path("goldens", "tokenizers", based, "tokenizer.json"), Path.Combine(_folder, "tokenizer.json"), overwrite: true);
        File.WriteAllText(Path.Combine(_folder, "tokenizer_config.json"), config);
    }
}
