using System.Text;

namespace AlignedProbing.Cli.Tests;

/// <summary>A machine for the command to run on whose output can be read.</summary>
internal sealed class TestHost : IDisposable
{
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly StringWriter _error = new() { NewLine = "\n" };
    private readonly MemoryStream _bytes = new();

    public TestHost(string? workingFolder = null, Dictionary<string, string>? variables = null) => Host = new Host
    {
        Output = _output,
        OpenOutput = () => new Unclosable(_bytes),
        Error = _error,
        IsTerminal = false,
        OutputIsTerminal = false,
        Variable = name => variables?.GetValueOrDefault(name),
        WorkingFolder = workingFolder ?? Path.GetTempPath(),
    };

    public Host Host { get; }

    public string Output => _output.ToString() + Encoding.UTF8.GetString(_bytes.ToArray());

    public string Error => _error.ToString();

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
        _bytes.Dispose();
    }

    public Task<int> RunAsync(params string[] arguments) => CommandLine.RunAsync(arguments, Host, TestContext.Current.CancellationToken);

    private sealed class Unclosable(MemoryStream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position { get => inner.Position; set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}
