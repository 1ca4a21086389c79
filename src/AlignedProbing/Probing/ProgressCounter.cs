using AlignedProbing.Runs;

namespace AlignedProbing.Probing;

/// <summary>Counts probes from several threads and tells of them in order.</summary>
internal sealed class ProgressCounter
{
    private readonly Lock _lock = new();
    private readonly IProgress<StageProgress>? _progress;
    private readonly long _total;
    private readonly long _before;
    private long _done;

    public ProgressCounter(IProgress<StageProgress>? progress, long total, long before)
    {
        (_progress, _total, _before, _done) = (progress, total, before, before);
        Add(0);
    }

    public void Add(int probes)
    {
        lock (_lock)
        {
            _done += probes;
            _progress?.Report(new StageProgress("probe", _done, _total, "probes", _before));
        }
    }
}
