using AlignedProbing.Runs;

namespace AlignedProbing.Hub;

/// <summary>Adds up the bytes of several downloads at once. Nothing is told before all that is needed is known.</summary>
internal sealed class DownloadProgress(IProgress<StageProgress>? progress)
{
    private readonly Lock _lock = new();
    private long _total;
    private long _done;
    private long _found;

    /// <summary>Bytes that came over the network.</summary>
    public long Downloaded { get; private set; }

    /// <summary>Says how much there is to do in all, and how much of it is there already.</summary>
    public void Begin(long total, long found)
    {
        lock (_lock)
        {
            (_total, _done, _found) = (total, found, found);
            Report();
        }
    }

    /// <summary>Bytes came over the network.</summary>
    public void Add(long bytes)
    {
        lock (_lock)
        {
            Downloaded += bytes;
            _done += bytes;
            Report();
        }
    }

    /// <summary>Bytes that were counted must come again (negative), or somebody else brought them (positive).</summary>
    public void Correct(long bytes)
    {
        lock (_lock)
        {
            _done += bytes;
            _found = Math.Max(0, _found + bytes);
            Report();
        }
    }

    private void Report()
    {
        if (_total > 0)
        {
            progress?.Report(new StageProgress("download", Math.Clamp(_done, 0, _total), _total, "bytes", Math.Clamp(_found, 0, _total)));
        }
    }
}
