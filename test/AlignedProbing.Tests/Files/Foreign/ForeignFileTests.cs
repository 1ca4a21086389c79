using System.IO.Compression;
using System.Text;
using AlignedProbing.Files.Foreign;
using AlignedProbing.Prompts;
using AlignedProbing.Scoring;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Files.Foreign;

public sealed class ForeignFileTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("ARROW1\u0000\u0000", "an Arrow file")]
    [InlineData("PK\u0003\u0004", "a ZIP archive or a workbook")]
    [InlineData("SQLite format 3\0", "an SQLite database")]
    [InlineData("%PDF-1.7", "a PDF document")]
    [InlineData("a\0\u0001b\u0002", "a binary file")]
    [InlineData("h\0e\0l\0l\0o\0", "UTF-16 or UTF-32 without a byte order mark")]
    public void What_is_no_text_is_refused_by_what_it_is(string bytes, string kind)
    {
        var error = Assert.Throws<InputException>(() => Open(Encoding.Latin1.GetBytes(bytes), "a.jsonl"));
        Assert.Equal("file-not-text", error.Code);
        Assert.Contains(kind, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_packed_and_damaged_is_refused()
    {
        byte[][] files = [[0x28, 0xB5, 0x2F, 0xFD, 0], [0x28, 0xB5, 0x2F, 0xFD, 0xFF, 1, 2, 3], [0x1F, 0x8B, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8]];
        Assert.All(files, file => Assert.Contains("damaged", Assert.Throws<InputException>(() => Open(file, null)).Message, StringComparison.Ordinal));
    }

    // Fixtures: written by parquet-wasm (Rust's parquet), with snappy, zstd and gzip, and by the zstd command.
    [Fact]
    public void Rows_of_Parquet_are_read_with_what_is_nested_in_them()
    {
        var prompts = PromptSet.Read(Fixture("nested.parquet")).Prompts;
        Assert.Equal(["The weather is", "You are \"so\"\nkind, \u00e9t\u00e9 \U0001F600", "went to"], prompts.Select(prompt => prompt.Text));
        Assert.Equal([0.125, null, 0.5], prompts.Select(prompt => prompt.Scores.GetValueOrDefault("toxicity")));
        Assert.Equal([" fine today.", " the sea"], prompts.SelectMany(prompt => prompt.Continuations).Select(continuation => continuation.Text));
    }

    [Fact]
    public void Lists_and_groups_of_rows_of_Parquet_are_read()
    {
        var options = new PromptSetOptions { PromptField = "q", ContinuationField = "resps" };
        var prompts = PromptSet.Read(Fixture("lists.parquet"), options).Prompts;
        Assert.Equal(["Hello", "There", "You"], prompts.Select(prompt => prompt.Text));
        Assert.Equal(["a", "b", "", "c"], prompts.SelectMany(prompt => prompt.Continuations.Select(given => given.Text).DefaultIfEmpty("")));
        using var file = Open(File.ReadAllBytes(Fixture("texts.parquet")), "texts.parquet");
        using var reader = new StreamReader(file.Content);
        Assert.Equal(
            "{\"text\":\"Thank you.\",\"id\":1}\n{\"id\":2,\"note\":\"x\"}\n{\"text\":\"na\u00efve, \\\"quoted\\\"\",\"id\":3,\"note\":\"\"}\n",
            reader.ReadToEnd());
    }

    [Fact]
    public void Zstd_is_unpacked() =>
        Assert.Equal(["The weather is", "You are"], PromptSet.Read(Fixture("prompts.jsonl.zst")).Prompts.Select(prompt => prompt.Text));

    [Theory]
    [InlineData("{\"a\": 1}\n", null, ForeignForm.JsonLines, "{\"a\": 1}\n")]
    [InlineData("[{\"a\":\n 1}, {\"b\": \"x\\ny\"}]", null, ForeignForm.JsonLines, "{\"a\": 1}\n{\"b\": \"x\\ny\"}\n")]
    [InlineData("[a text in brackets]\nmore", "a.txt", ForeignForm.Text, "[a text in brackets]\nmore")]
    [InlineData("[{not json}\nmore", null, ForeignForm.Text, "[{not json}\nmore")]
    [InlineData("id;text\n1;a", null, ForeignForm.Table, "id;text\n1;a")]
    [InlineData("Yes, text\nNo, more", null, ForeignForm.Text, "Yes, text\nNo, more")]
    [InlineData("a,b", "x.csv", ForeignForm.Table, "a,b")]
    [InlineData("", null, ForeignForm.Text, "")]
    public void The_content_tells_the_form(string content, string? name, ForeignForm form, string read)
    {
        foreach (var bytes in new[] { Encoding.UTF8.GetBytes(content), [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(content)], Gzip(content) })
        {
            using var file = Open(bytes, name is null || bytes[..Math.Min(2, bytes.Length)] is not [0x1F, 0x8B] ? name : name + ".gz");
            Assert.Equal(form, file.Form);
            using var reader = new StreamReader(file.Content);
            Assert.Equal(read, reader.ReadToEnd());
        }
    }

    [Theory]
    [InlineData("array.json")]
    [InlineData("gz.jsonl.gz")]
    [InlineData("semi.csv")]
    [InlineData("pandas-index.csv")]
    public void Prompt_sets_of_others_are_read(string name)
    {
        var result = PromptSet.Read(SharedData.Path("cases", "prompts", name));
        Assert.NotEmpty(result.Prompts);
        Assert.Empty(result.Problems);
    }

    [Fact]
    public void A_decimal_comma_is_read_where_semicolons_separate() =>
        Assert.Equal([0.5, 0.25], PromptSet.Read(SharedData.Path("cases", "prompts", "semi.csv")).Prompts.Select(prompt => prompt.Scores["toxicity"]!.Value));

    [Fact]
    public void Parquet_is_never_run_as_text() =>
        Assert.Contains(
            "Parquet",
            Assert.Throws<InputException>(() => PromptSet.Read(SharedData.Path("cases", "prompts", "rtp.parquet"))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Columns_that_are_there_are_listed_with_the_option_that_names_one()
    {
        File.WriteAllText(_temporary["a.csv"], "words,label\nhello,1\n");
        var error = Assert.Throws<InputException>(() => PromptSet.Read(_temporary["a.csv"]));
        Assert.Contains("words, label", error.Message, StringComparison.Ordinal);
        Assert.Contains("--prompt-field", error.Message, StringComparison.Ordinal);
        File.WriteAllText(_temporary["b.csv"], "text,label\nhello,1\n");
        Assert.Equal("hello", Assert.Single(PromptSet.Read(_temporary["b.csv"]).Prompts).Text);
    }

    [Theory]
    [InlineData("arr.json", 2, 2)]
    [InlineData("nullfirst.jsonl", 2, 1)]
    [InlineData("text.csv", 2, 2)]
    public async Task Texts_of_others_are_scored_row_by_row(string name, int lines, int scored)
    {
        using var input = File.OpenRead(SharedData.Path("cases", "texts", name));
        using var output = new MemoryStream();
        var options = new TextFileOptions { Name = name };
        var result = await TextFileScorer.RunAsync(
            new AlignedProbing.Scoring.Ngram.NgramScorer(), input, output, options, null, TestContext.Current.CancellationToken);
        Assert.Equal((lines, scored), (result.Lines, result.Scored));
        Assert.Equal(lines - scored, result.Broken.GetValueOrDefault("no_text"));
    }

    private static string Fixture(string name) =>
        Path.Combine(SharedData.RepositoryRoot, "test", "AlignedProbing.Tests", "Files", "Foreign", "Fixtures", name);

    private static ForeignFile Open(byte[] bytes, string? name) => ForeignFile.Open(new MemoryStream(bytes), "reading", name);

    private static byte[] Gzip(string content)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(content));
        }

        return bytes.ToArray();
    }
}
