using System.Text.Json;
using AlignedProbing.Tools.TrainDemo;

namespace AlignedProbing.Cli.Tests.Demo;

public sealed class BytePairTokenizerTests
{
    private static readonly string[] Texts = ["low lower lowest", "a new low, the newest and lowest", "wider and wider"];

    [Fact]
    public void The_most_frequent_pair_is_merged_first_and_of_equals_the_smaller()
    {
        // "lo" and "ow" occur five times each; byte b has id b + 1, and 'l' comes before 'o'.
        var tokenizer = BytePairTokenizer.Train(Texts, 258);
        Assert.Equal([257, 'w' + 1], tokenizer.Encode("low"));
    }

    [Fact]
    public void Every_byte_has_an_id_so_that_no_text_is_unknown()
    {
        var tokenizer = BytePairTokenizer.Train(Texts, 257);
        Assert.Equal([0xc3 + 1, 0xa9 + 1, '!' + 1], tokenizer.Encode("é!"));
    }

    [Fact]
    public void The_same_texts_give_the_same_file_in_any_order()
    {
        Assert.Equal(Written(Texts), Written([.. Texts.Reverse()]));

        static byte[] Written(string[] texts)
        {
            using var stream = new MemoryStream();
            BytePairTokenizer.Train(texts, 300).Write(stream);
            return stream.ToArray();
        }
    }

    [Fact]
    public void The_file_lists_every_merge_as_a_token_of_the_vocabulary()
    {
        using var stream = new MemoryStream();
        var tokenizer = BytePairTokenizer.Train(Texts, 280);
        tokenizer.Write(stream);
        using var file = JsonDocument.Parse(stream.ToArray());
        var model = file.RootElement.GetProperty("model");
        var vocabulary = model.GetProperty("vocab").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetInt32());
        var merges = model.GetProperty("merges").EnumerateArray().Select(merge => merge.GetString()!.Split(' ')).ToArray();
        Assert.Equal(tokenizer.VocabularySize, vocabulary.Count);
        Assert.Equal(tokenizer.VocabularySize - 257, merges.Length);
        Assert.Equal(Enumerable.Range(257, merges.Length), merges.Select(merge => vocabulary[merge[0] + merge[1]]));
        // A blank is written as GPT-2 writes it.
        Assert.Equal(' ' + 1, vocabulary["Ġ"]);
    }
}
