using AlignedProbing.Runs;

namespace AlignedProbing.Cli.Display;

/// <summary>Plain lines, for logs and pipes: when a stage begins and ends, and every ten seconds between.</summary>
internal sealed class PlainDisplay(TextWriter writer, TimeProvider time) : IDisplay
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly StageClock _clock = new(time);
    private long _lastLine;
    private bool _finished;

    /// <inheritdoc/>
    public void Report(StageProgress value)
    {
        lock (_lock)
        {
            var begins = _clock.Take(value);
            _finished = !begins && _finished;
            var ends = value.Total > 0 && value.Done >= value.Total;
            if (begins || (ends && !_finished) || (!ends && time.GetElapsedTime(_lastLine) >= Pause))
            {
                writer.WriteLine($"{value.Stage}: {_clock.Describe(value)}");
                _lastLine = time.GetTimestamp();
                _finished = ends;
            }
        }
    }

    /// <inheritdoc/>
    public void Say(string line)
    {
        lock (_lock)
        {
            writer.WriteLine(line);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => writer.Flush();
}
