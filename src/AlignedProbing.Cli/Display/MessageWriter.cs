using AlignedProbing.Files;

namespace AlignedProbing.Cli.Display;

/// <summary>
/// Standard error: no message is longer than <see cref="Longest"/> characters, and one that cannot be written ends no work. Where standard error is closed or
/// its disk is full there is nobody to tell; the exit code still says how it went.
/// </summary>
/// <param name="inner">Where to; stays open.</param>
/// <param name="typed">The command as it has to be typed, which stands in the place of its name.</param>
internal sealed class MessageWriter(TextWriter inner, string typed = TypedCommand.Name) : CleanWriter(inner)
{
    /// <summary>Characters of a message at most; what is longer is cut.</summary>
    public const int Longest = 2000;

    private bool _closed;

    /// <inheritdoc/>
    public override void Write(string? value) => base.Write(value is null ? null : CleanText.Cut(TypedCommand.In(value, typed), Longest));

    /// <inheritdoc/>
    public override void Flush() => Quietly(base.Flush);

    /// <inheritdoc/>
    protected override void Put(string text) => Quietly(() => base.Put(text));

    private void Quietly(Action act)
    {
        if (_closed)
        {
            return;
        }

        try
        {
            act();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            _closed = true;
        }
    }
}
