using AlignedProbing.Runs;

namespace AlignedProbing.Cli.Display;

/// <summary>One line a stage on a terminal, drawn again in place: a bar, what is done, the rate and the time left.</summary>
internal sealed class TerminalDisplay(TextWriter writer, TimeProvider time, Func<int> width) : IDisplay
{
    private const int BarWidth = 24;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly StageClock _clock = new(time);
    private long _lastDrawing;
    private int _drawn;
    private bool _finished;

    /// <inheritdoc/>
    public void Report(StageProgress value)
    {
        lock (_lock)
        {
            var begins = _clock.Take(value);
            if (begins)
            {
                EndLine();
                _finished = false;
            }

            var ends = value.Total > 0 && value.Done >= value.Total;
            if (!_finished && (begins || ends || time.GetElapsedTime(_lastDrawing) >= Pause))
            {
                Draw(value);
                _finished = ends;
                if (ends)
                {
                    EndLine();
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Say(string line)
    {
        lock (_lock)
        {
            EndLine();
            writer.WriteLine(line);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            EndLine();
            writer.Flush();
        }
    }

    private void Draw(StageProgress value)
    {
        var filled = value.Total > 0 ? (int)(BarWidth * Math.Min(value.Done, value.Total) / value.Total) : 0;
        var bar = value.Total > 0 ? $"[{new string('=', filled)}{new string(' ', BarWidth - filled)}] " : "";
        var line = $"{value.Stage,-8} {bar}{_clock.Describe(value)}";
        var room = Math.Max(20, width() - 1);
        line = line.Length > room ? line[..room] : line;
        writer.Write("\r" + line.PadRight(_drawn));
        writer.Flush();
        _drawn = line.Length;
        _lastDrawing = time.GetTimestamp();
    }

    private void EndLine()
    {
        if (_drawn > 0)
        {
            writer.WriteLine();
            _drawn = 0;
        }
    }
}
