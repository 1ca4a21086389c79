using System.Text;
using AlignedProbing.Tokenizers;
using AlignedProbing.Tokenizers.Files;

namespace AlignedProbing.Tests.Tokenizers;

public sealed class TokenizerFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tokenizer-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_list_of_words_is_a_BERT_tokenizer()
    {
        Write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nun\n##able\n");
        var tokenizer = Tokenizer.FromFolder(_folder);
        Assert.Equal([2, 5, 6, 3], tokenizer.Encode("Unable", addSpecialTokens: true).Ids);
        Assert.Equal([2, 4, 1, 3], tokenizer.Encode("[MASK] x", addSpecialTokens: true).Ids);
        Write("tokenizer_config.json", """{"tokenizer_class":"BertTokenizerFast","do_lower_case":false}""");
        Assert.Equal([1], Tokenizer.FromFolder(_folder).Encode("Unable", addSpecialTokens: false).Ids);
    }

    [Fact]
    public void A_vocabulary_with_merges_is_what_the_configuration_says()
    {
        Write("vocab.json", """{"<|endoftext|>":0,"a":1,"b":2,"ab":3,"\u0120":4,"<s>":5,"</s>":6}""");
        Write("merges.txt", "#version: 0.2\na b\n");
        Assert.Equal([3, 4, 3], Tokenizer.FromFolder(_folder).Encode("ab ab", addSpecialTokens: true).Ids);
        Write("config.json", """{"model_type":"roberta"}""");
        Assert.Equal([5, 3, 6], Tokenizer.FromFolder(_folder).Encode("ab", addSpecialTokens: true).Ids);
        Write("tokenizer_config.json", """{"tokenizer_class":"GPT2Tokenizer","add_bos_token":true,"bos_token":{"__type":"AddedToken","content":"</s>"}}""");
        Assert.Equal([6, 3], Tokenizer.FromFolder(_folder).Encode("ab", addSpecialTokens: true).Ids);
    }

    [Fact]
    public void Tokens_in_files_of_their_own_count_where_the_configuration_lists_none()
    {
        Write("vocab.json", """{"a":0,"b":1,"<s>":2,"</s>":3,"<unk>":4,"<pad>":5}""");
        Write("merges.txt", "#version: 0.2\n");
        Write(
            "tokenizer_config.json",
            """{"tokenizer_class":"GPT2Tokenizer","add_bos_token":true,"bos_token":"</s>","unk_token":"<unk>","eos_token":"</s>"}""");
        Write(
            "special_tokens_map.json",
            """{"bos_token":{"content":"<s>","lstrip":false,"normalized":true,"rstrip":false,"single_word":false},"additional_special_tokens":["[X]"],""" +
            """ "sep_token":null}"""
        );
        Write("added_tokens.json", """{"[Y]":7,"[X]":6}""");
        var tokenizer = Tokenizer.FromFolder(_folder);
        Assert.Equal([2, 0, 6, 7, 1], tokenizer.Encode("a[X][Y]b", addSpecialTokens: true).Ids);
        Assert.True(tokenizer.IsSpecial(6));
        Assert.False(tokenizer.IsSpecial(7));
        Write(
            "tokenizer_config.json",
            """{"tokenizer_class":"GPT2Tokenizer","add_bos_token":true,"bos_token":"</s>","unk_token":"<unk>","eos_token":"</s>","added_tokens_decoder":{}}""");
        Assert.Equal(3, Tokenizer.FromFolder(_folder).Encode("a", addSpecialTokens: true).Ids[0]);
        Write("tokenizer_config.json", """{"tokenizer_class":"GPT2Tokenizer"}""");
        Write("added_tokens.json", """{"[Y]":"seven"}""");
        Assert.Contains("'[Y]'", Assert.Throws<TokenizerException>(() => Tokenizer.FromFolder(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_SentencePiece_model_of_byte_pairs_merges_better_pieces_first()
    {
        Write("tokenizer_config.json", """{"tokenizer_class":"LlamaTokenizer","add_eos_token":true}""");
        File.WriteAllBytes(
            Path.Combine(_folder, "tokenizer.model"),
            Model(modelType: 2, ("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3), ("▁", -4, 1), ("a", -5, 1), ("b", -6, 1), ("▁a", -2, 1), ("ab", -1, 1)));
        var tokenizer = Tokenizer.FromFolder(_folder);
        Assert.True(tokenizer.AddsPrefixSpace);
        Assert.Equal([1, 3, 7, 2], tokenizer.Encode("ab", addSpecialTokens: true).Ids);
        Assert.Equal([6, 6], tokenizer.Encode("a a", addSpecialTokens: false).Ids);
        Assert.Equal("ab", tokenizer.Decode([1, 3, 7, 2], skipSpecialTokens: true));
        Assert.Equal(" a", tokenizer.DecodeContinuation([6], [6], skipSpecialTokens: true));
    }

    [Fact]
    public void A_SentencePiece_model_needs_a_class()
    {
        File.WriteAllBytes(Path.Combine(_folder, "spiece.model"), Model(1, ("<unk>", 0, 2)));
        Assert.Contains("class of tokenizer", Assert.Throws<TokenizerException>(() => Tokenizer.FromFolder(_folder)).Message, StringComparison.Ordinal);
        Write("tokenizer_config.json", """{"tokenizer_class":"MysteryTokenizer"}""");
        Assert.Contains("'MysteryTokenizer'", Assert.Throws<TokenizerException>(() => Tokenizer.FromFolder(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_SentencePiece_model_is_an_error_wherever_it_is_cut()
    {
        var whole = Model(1, ("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3), ("a", -1, 1));
        Assert.Equal(4, SentencePieceFile.Read(whole).Pieces.Count);
        for (var length = 0; length < whole.Length; length++)
        {
            // A cut between two fields leaves a shorter model; any other is an error, and none is anything else.
            try
            {
                Assert.InRange(SentencePieceFile.Read(whole[..length]).Pieces.Count, 1, 4);
            }
            catch (TokenizerException)
            {
            }
        }

        Assert.Throws<TokenizerException>(() => SentencePieceFile.Read([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]));
        Assert.Throws<TokenizerException>(() => SentencePieceFile.Read([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07]));
        Assert.Throws<TokenizerException>(() => SentencePieceFile.Read([0x0B]));
        Assert.Throws<TokenizerException>(() => SentencePieceFile.Read([0x08, 0x01]));
        Assert.Throws<TokenizerException>(() => SentencePieceFile.Read([]));
    }

    [Fact]
    public void Damaged_vocabulary_files_are_errors()
    {
        Write("vocab.json", "[]");
        Write("merges.txt", "#version\n");
        Assert.Contains("vocab.json", Assert.Throws<TokenizerException>(() => Tokenizer.FromFolder(_folder)).Message, StringComparison.Ordinal);
        Write("vocab.json", """{"a":0}""");
        Write("merges.txt", "#version\na b c\n");
        Assert.Contains("not two tokens", Assert.Throws<TokenizerException>(() => Tokenizer.FromFolder(_folder)).Message, StringComparison.Ordinal);
        Write("tokenizer_config.json", "{");
        Assert.Contains("not JSON", Assert.Throws<TokenizerException>(() => Tokenizer.FromFolder(_folder)).Message, StringComparison.Ordinal);
    }

    private static byte[] Model(int modelType, params ReadOnlySpan<(string Text, float Score, int Kind)> pieces)
    {
        var bytes = new List<byte>();
        foreach (var (text, score, kind) in pieces)
        {
            var content = Encoding.UTF8.GetBytes(text);
            byte[] piece = [0x0A, (byte)content.Length, .. content, 0x15, .. BitConverter.GetBytes(score), 0x18, (byte)kind];
            bytes.AddRange([0x0A, (byte)piece.Length, .. piece]);
        }

        return [.. bytes, 0x12, 2, 0x18, (byte)modelType];
    }

    private void Write(string name, string content) => File.WriteAllText(Path.Combine(_folder, name), content);
}
