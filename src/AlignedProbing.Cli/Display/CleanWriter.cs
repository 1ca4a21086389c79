using System.Text;
using AlignedProbing.Files;
using AlignedProbing.Files.Http;

namespace AlignedProbing.Cli.Display;

/// <summary>
/// The door through which text leaves to a terminal or a log: what a terminal would obey is replaced (<see cref="CleanText"/>), the secrets that the process
/// knows are struck out (<see cref="Secrets"/>). A carriage return that begins what is written stays, for lines that are drawn again in place.
/// </summary>
/// <param name="inner">Where to; stays open.</param>
internal class CleanWriter(TextWriter inner) : TextWriter
{
    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => Put(value is '\r' ? "\r" : Clean(value.ToString()));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));

    /// <inheritdoc/>
    public override void Write(string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            Put(value[0] == '\r' ? "\r" + Clean(value[1..]) : Clean(value));
        }
    }

    /// <inheritdoc/>
    public override void WriteLine() => Put(inner.NewLine);

    /// <inheritdoc/>
    public override void WriteLine(string? value)
    {
        Write(value);
        WriteLine();
    }

    /// <inheritdoc/>
    public override Task WriteAsync(string? value)
    {
        Write(value);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task WriteLineAsync(string? value)
    {
        WriteLine(value);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();

    /// <summary>Hands cleaned text on.</summary>
    protected virtual void Put(string text) => inner.Write(text);

    private static string Clean(string text) => CleanText.Of(Secrets.Hide(text));
}
