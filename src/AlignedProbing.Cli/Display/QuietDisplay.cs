using AlignedProbing.Runs;

namespace AlignedProbing.Cli.Display;

/// <summary>Plain lines for work of many parts: what is said, and where nothing was for a minute, how far it has come.</summary>
internal sealed class QuietDisplay(TextWriter writer, TimeProvider time) : IDisplay
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly StageClock _clock = new(time);
    private long _lastLine = time.GetTimestamp();

    /// <inheritdoc/>
    public void Report(StageProgress value)
    {
        lock (_lock)
        {
            _clock.Take(value);
            if (time.GetElapsedTime(_lastLine) >= Pause)
            {
                writer.WriteLine($"{value.Stage}: {_clock.Describe(value)}");
                _lastLine = time.GetTimestamp();
            }
        }
    }

    /// <inheritdoc/>
    public void Say(string line)
    {
        lock (_lock)
        {
            writer.WriteLine(line);
            _lastLine = time.GetTimestamp();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => writer.Flush();
}
