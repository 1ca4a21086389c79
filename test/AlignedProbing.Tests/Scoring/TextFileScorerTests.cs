using System.Text;
using System.Text.Json;
using AlignedProbing.Scoring;

namespace AlignedProbing.Tests.Scoring;

[Collection(nameof(ProcessMemoryCollection))]
public class TextFileScorerTests
{
    [Fact]
    public async Task Plain_lines_give_a_line_each_blank_ones_included()
    {
        var (lines, result) = await Score("hello!\r\n\n  \n{not json\nlast");

        Assert.Equal("""{"line":1,"scores":{"size":0.06,"shouts":1},"scorer":"length","version":"1.0"}""", lines[0]);
        Assert.Equal("""{"line":2,"scores":{},"missing":{"size":"empty_text","shouts":"empty_text"},"scorer":"length","version":"1.0"}""", lines[1]);
        Assert.Equal([0.06, null, null, 0.09, 0.04], lines.Select(Size));
        Assert.Equal((5, 3, 4), (result.Lines, result.Scored, result.Missing["empty_text"]));
        Assert.Empty(result.Broken);
    }

    [Fact]
    public async Task Fields_other_than_the_text_stand_beside_the_scores()
    {
        var (lines, _) = await Score("""{"id": 7, "text": "abc", "meta": {"a": [1, "é"]}, "scores": {"toxicity": 0.5}, "line": "x"}""");

        Assert.Equal(
            """{"line":1,"id":7,"meta":{"a": [1, "é"]},"given_scores":{"toxicity":""" +
            """ 0.5},"given_line":"x","scores":{"size":0.03,"shouts":0},"scorer":"length","version":"1.0"}""",
            Assert.Single(lines));
    }

    [Fact]
    public async Task The_text_is_kept_where_asked()
    {
        var (lines, _) = await Score("""{"text": "a\"b\u0001"}""", new TextFileOptions { KeepText = true });

        Assert.Equal("a\"b\u0001", JsonDocument.Parse(lines[0]).RootElement.GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("[1]", "not_a_json_object")]
    [InlineData("{\"text\": \"a\"", "not_a_json_object")]
    [InlineData("plain", "not_a_json_object")]
    [InlineData("{\"id\": 1}", "no_text")]
    [InlineData("{\"text\": null}", "no_text")]
    [InlineData("{\"text\": 1}", "no_text")]
    [InlineData("{\"text\": \"\\ud800\"}", "not_utf8")]
    [InlineData("{\"\\ud800\": \"a\"}", "not_utf8")]
    public async Task A_broken_line_is_answered_with_its_reason_and_the_others_go_on(string line, string reason)
    {
        var (lines, result) = await Score("{\"text\": \"first\"}\n" + line + "\n{\"text\": \"third\"}\n");

        Assert.Equal(3, lines.Length);
        Assert.Equal([0.05, null, 0.05], lines.Select(Size));
        Assert.Equal(reason, JsonDocument.Parse(lines[1]).RootElement.GetProperty("missing").GetProperty("size").GetString());
        Assert.Equal(1, result.Broken[reason]);
        Assert.Equal(2, result.Scored);
    }

    [Fact]
    public async Task Bytes_that_are_no_utf8_and_lines_beyond_the_limit_are_named()
    {
        byte[] input =
        [
            0xEF,
            0xBB,
            0xBF,
            (byte)'o',
            (byte)'k',
            (byte)'\n',
            0xFF,
            (byte)'\n',
            .. Encoding.ASCII.GetBytes(new string('x', 200_000)),
            (byte)'\n',
            (byte)'z',
        ];
        var (lines, result) = await Score(input, new TextFileOptions { MaxLineBytes = 100 });

        Assert.Equal([0.02, null, null, 0.01], lines.Select(Size));
        Assert.Equal(["line_too_long", "not_utf8"], result.Broken.Keys);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public async Task What_is_written_does_not_depend_on_the_batch_size(int batchSize)
    {
        var input = string.Concat(Enumerable.Range(0, 50).Select(i => $"{{\"text\": \"{new string('a', i)}\", \"id\": {i}}}\n"));

        Assert.Equal((await Score(input)).Lines, (await Score(input, new TextFileOptions { BatchSize = batchSize })).Lines);
    }

    [Fact]
    public async Task Memory_does_not_grow_with_the_file()
    {
        // 128 MiB of lines: held at once they would need at least as much.
        using var input = new RepeatedStream("some words to score, again and again and again\n"u8.ToArray(), 128 << 20);
        var scorer = new CountingScorer();
        // What other tests left behind is not this one's.
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var result = await TextFileScorer.RunAsync(scorer, input, Stream.Null, new TextFileOptions(), null, TestContext.Current.CancellationToken);

        Assert.Equal(scorer.Count, result.Lines);
        Assert.InRange(result.Lines, 2_800_000, 2_900_000);
        Assert.InRange(scorer.Peak, 1, before + (64 << 20));
    }

    [Fact]
    public async Task An_empty_file_gives_no_line()
    {
        var (lines, result) = await Score("");

        Assert.Empty(lines);
        Assert.Equal(0, result.Lines);
        Assert.Equal("wrong-usage", (await Assert.ThrowsAsync<InputException>(() => Score("", new TextFileOptions { BatchSize = 0, MaxLineBytes = 0 }))).Code);
    }

    private static double? Size(string line) =>
        JsonDocument.Parse(line).RootElement.GetProperty("scores").TryGetProperty("size", out var size) ? size.GetDouble() : null;

    private static Task<(string[] Lines, TextFileResult Result)> Score(string input, TextFileOptions? options = null) =>
        Score(Encoding.UTF8.GetBytes(input), options);

    private static async Task<(string[] Lines, TextFileResult Result)> Score(byte[] input, TextFileOptions? options = null)
    {
        using var output = new MemoryStream();
        using var source = new MemoryStream(input);
        var result = await TextFileScorer.RunAsync(
            new LengthScorer(),
            source,
            output,
            options ?? new TextFileOptions(),
            null,
            TestContext.Current.CancellationToken);
        return (Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries), result);
    }

    private sealed class CountingScorer : IScorer
    {
        private static readonly TextScore Answer = new(new Dictionary<string, double> { ["x"] = 0.5 }, new Dictionary<string, string>());

        public string Name => "counting";

        public string Version => "1";

        public IReadOnlyList<string> Attributes { get; } = ["x"];

        public long Count { get; private set; }

        public long Peak { get; private set; }

        public ValueTask<IReadOnlyList<TextScore>> ScoreAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
        {
            if (Count % (1 << 19) < texts.Count)
            {
                Peak = Math.Max(Peak, GC.GetTotalMemory(forceFullCollection: true));
            }

            Count += texts.Count;
            return new([.. texts.Select(_ => Answer)]);
        }
    }

    private sealed class RepeatedStream(byte[] unit, long length) : Stream
    {
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get => _position; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var n = (int)Math.Min(count, length - _position);
            for (var i = 0; i < n; i++)
            {
                buffer[offset + i] = unit[(_position + i) % unit.Length];
            }

            _position += n;
            return n;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
