namespace AlignedProbing.Runs.Units;

/// <summary>Counts what a stage has done, from any thread, and tells of it in order.</summary>
public sealed class UnitProgress
{
    private readonly Lock _lock = new();
    private readonly UnitLoopOptions _options;
    private readonly long _total;
    private readonly long _before;
    private long _start;
    private long _step;
    private long _inStep;

    internal UnitProgress(UnitLoopOptions options, long total, long before)
    {
        (_options, _total, _before, _start) = (options, total, before, before);
        At(0);
    }

    /// <summary>Some more of the unit in work is done.</summary>
    public void Add(long count)
    {
        lock (_lock)
        {
            _inStep += count;
            Report();
        }
    }

    /// <summary>So much of the unit in work is done by now.</summary>
    public void At(long count)
    {
        lock (_lock)
        {
            _inStep = count;
            Report();
        }
    }

    internal void Begin(long step)
    {
        lock (_lock)
        {
            (_step, _inStep) = (step, 0);
        }
    }

    /// <summary>A step is over; what failed of it does not count as done.</summary>
    internal void End(long done)
    {
        lock (_lock)
        {
            (_start, _step, _inStep) = (_start + done, 0, 0);
            Report();
        }
    }

    private void Report() =>
        _options.Progress?.Report(new StageProgress(_options.Stage, _start + Math.Min(_inStep, _step), _total, _options.Counted, _before));
}
