using System.Text;
using AlignedProbing.Tokenizers;
using AlignedProbing.Tokenizers.Files;

namespace AlignedProbing.Tests.Tokenizers;

public sealed class DamagedFileTests : IDisposable
{
    private const string Model = """{"type":"WordLevel","unk_token":"<unk>","vocab":{"<unk>":0}}""";
    private readonly string _folder = Directory.CreateTempSubdirectory("tokenizer-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("{", "not JSON")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("{} {}", "not JSON")]
    [InlineData("{}", "no 'model'")]
    [InlineData("""{"model":5}""", "'model' is not an object")]
    [InlineData("""{"model":{"type":"Mystery"}}""", "'Mystery'")]
    [InlineData("""{"model":{"type":"BPE","merges":[]}}""", "'model.vocab' is missing")]
    [InlineData("""{"model":{"type":"BPE","vocab":{}}}""", "'model.merges' is missing")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]}}""", "the token 'b', which the vocabulary lacks")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0,"b":1},"merges":[["a","b"]]}}""", "the token 'ab', which the vocabulary lacks")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":["a"]}}""", "not two tokens")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[["a"]]}}""", "not a pair")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[7]}}""", "not a pair")]
    [InlineData("""{"model":{"type":"BPE","vocab":[],"merges":[]}}""", "'model.vocab' is not an object")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":-1},"merges":[]}}""", "'a' no id")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":9999999999},"merges":[]}}""", "'a' no id")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"\ud800":0},"merges":[]}}""", "not Unicode")]
    [InlineData("""{"model":{"type":"BPE","byte_fallback":"yes","vocab":{},"merges":[]}}""", "'model.byte_fallback' is a text")]
    [InlineData("""{"model":{"type":"Unigram","unk_id":3,"vocab":[["a",0]]}}""", "'unk_id' is 3")]
    [InlineData("""{"model":{"type":"Unigram","unk_id":0,"vocab":[["a"]]}}""", "entry 0 of 'model.vocab'")]
    [InlineData("""{"model":{"type":"Unigram","unk_id":0,"vocab":[["a",1e999]]}}""", "entry 0 of 'model.vocab'")]
    public void A_damaged_model_is_an_error_that_names_the_fault(string json, string named) => AssertFault(json, named);

    [Theory]
    [InlineData("\"normalizer\":{\"type\":\"Mystery\"}", "the normalizer 'Mystery'")]
    [InlineData("\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},{\"type\":\"Mystery\"}]}", "'normalizer.normalizers[1]'")]
    [InlineData("\"normalizer\":[]", "'normalizer' is a list")]
    [InlineData("\"normalizer\":{}", "'normalizer.type' is missing")]
    [InlineData("\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"%%\"}", "not base64")]
    [InlineData("\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"/////w==\"}", "its trie has 4294967295")]
    [InlineData("\"pre_tokenizer\":{\"type\":\"UnicodeScripts\"}", "the pre-tokenizer 'UnicodeScripts'")]
    [InlineData("\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(\"},\"behavior\":\"Isolated\",\"invert\":false}", "not a regular expression")]
    [InlineData("\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"a\"},\"behavior\":\"Lost\",\"invert\":false}", "'Lost'")]
    [InlineData("\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"__\"}", "not one character")]
    [InlineData(
        "\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"_\",\"add_prefix_space\":false,\"prepend_scheme\":\"always\"}",
        "'add_prefix_space' false"
    )]
    [InlineData("\"post_processor\":{\"type\":\"Mystery\"}", "the post-processor 'Mystery'")]
    [InlineData(
        "\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"C\",\"type_id\":0}}],\"special_tokens\":{}}",
        "lacks 'C'"
    )]
    [InlineData("\"post_processor\":{\"type\":\"BertProcessing\",\"sep\":[\"S\"],\"cls\":[\"C\",1]}", "'post_processor.cls'|'post_processor.sep'")]
    [InlineData("\"decoder\":{\"type\":\"Mystery\"}", "the decoder 'Mystery'")]
    [InlineData("\"added_tokens\":{}", "'added_tokens' is not a list")]
    [InlineData("\"added_tokens\":[{\"id\":1}]", "content' is missing")]
    public void A_damaged_stage_is_an_error_that_names_the_fault(string section, string named) => AssertFault($$"""{"model":{{Model}},{{section}}}""", named);

    [Fact]
    public void Deep_nesting_is_refused() =>
        AssertFault(
            $$"""{"model":{{Model}},"normalizer":{{string.Concat(Enumerable.Repeat("""{"type":"Sequence","normalizers":[""", 100_000))}}""",
            "not JSON");

    [Fact]
    public void An_id_far_beyond_the_vocabulary_takes_no_memory()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var tokenizer = TokenizerJson.Create("""{"type":"WordLevel","unk_token":"a","vocab":{"a":2147483647,"b":0}}""");
        Assert.Equal([2147483647], tokenizer.Encode("a", false).Ids);
        Assert.Equal("a", tokenizer.TokenOf(2147483647));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 10_000_000);
    }

    [Fact]
    public void A_pattern_that_takes_for_ever_is_an_error()
    {
        var tokenizer = TokenizerJson.Create(Model, preTokenizer: """{"type":"Split","pattern":{"Regex":"(a|aa)+$"},"behavior":"Isolated","invert":false}""");
        var error = Assert.Throws<TokenizerException>(() => tokenizer.Encode(new string('a', 60) + "b", false));
        Assert.Contains("(a|aa)+$", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_folder_or_file_is_an_error_that_names_it()
    {
        Assert.Contains(
            "nowhere",
            Assert.Throws<TokenizerException>(() => Tokenizer.FromFolder(Path.Combine(_folder, "nowhere"))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "nothing.json",
            Assert.Throws<TokenizerException>(() => Tokenizer.FromFile(Path.Combine(_folder, "nothing.json"))).Message,
            StringComparison.Ordinal);
        Assert.Contains("no tokenizer.json", Assert.Throws<TokenizerException>(() => Tokenizer.FromFolder(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_files_error_names_the_file()
    {
        var path = Path.Combine(_folder, "tokenizer.json");
        File.WriteAllText(path, "{}");
        Assert.Contains(path, Assert.Throws<TokenizerException>(() => Tokenizer.FromFolder(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Truncation_and_padding_of_a_file_are_ignored()
    {
        var tokenizer = TokenizerJson.Create(TokenizerJson.WordLevel("a"), preTokenizer: """{"type":"WhitespaceSplit"}""");
        Assert.Equal([1, 1, 1], tokenizer.Encode("a a a", false).Ids);
    }

    private static void AssertFault(string json, string named)
    {
        var error = Assert.Throws<TokenizerException>(() => TokenizerFile.Read(Encoding.UTF8.GetBytes(json)));
        Assert.Contains(named.Split('|'), part => error.Message.Contains(part, StringComparison.Ordinal));
    }
}
