using AlignedProbing.Cli.Display;
using AlignedProbing.Files.Http;

namespace AlignedProbing.Cli.Tests.Display;

public sealed class CleanWriterTests
{
    [Theory]
    [InlineData("a\u001b[31mb\u001b[0m", "a\uFFFD[31mb\uFFFD[0m")]
    [InlineData("a\u009b31mb\a\b\u007f", "a\uFFFD31mb\uFFFD\uFFFD\uFFFD")]
    [InlineData("one\rtwo", "one\uFFFDtwo")]
    [InlineData("\rdrawn again", "\rdrawn again")]
    [InlineData("a\tb\nc\r\nd", "a\tb\nc\r\nd")]
    [InlineData("abc\u202Etxt\u2069", "abc\uFFFDtxt\uFFFD")]
    [InlineData("ünïcode \ud83d\ude00 \u0627", "ünïcode \ud83d\ude00 \u0627")]
    public void What_a_terminal_would_obey_is_replaced(string text, string shown)
    {
        using var inner = new StringWriter();
        using var writer = new CleanWriter(inner);
        writer.Write(text);
        Assert.Equal(shown, inner.ToString());
    }

    [Fact]
    public void Secrets_of_the_process_are_struck_out()
    {
        Secrets.Add("sk-CleanWriterTests/1");
        using var inner = new StringWriter();
        using var writer = new CleanWriter(inner);
        writer.WriteLine("with sk-CleanWriterTests/1 and sk-CleanWriterTests%2F1");
        Assert.Equal("with (key) and (key)" + inner.NewLine, inner.ToString());
    }

    [Fact]
    public void A_word_that_merely_serves_as_a_key_stays()
    {
        Secrets.Add("EMPTY");
        Assert.Equal("EMPTY", Secrets.Hide("EMPTY"));
    }

    [Fact]
    public void A_standard_error_that_takes_nothing_ends_no_work()
    {
        using var broken = new StreamWriter(new FullDisk()) { AutoFlush = true };
        using var writer = new MessageWriter(broken);
        writer.WriteLine("one");
        writer.WriteLine("two");
        writer.Flush();
    }

    private sealed class FullDisk : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("No space left on device", 28);

        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("No space left on device", 28);
    }
}
