using System.Diagnostics;
using AlignedProbing.Torch.Kernels;

namespace AlignedProbing.Torch.Encoding;

/// <summary>Where the time of the encode stage goes.</summary>
public sealed class PartTimes : IForwardClock
{
    private readonly long[] _ticks = new long[Enum.GetValues<ForwardPart>().Length];
    private long _storing;
    private long _waiting;

    /// <summary>Seconds spent on a part of the forward passes.</summary>
    public double Seconds(ForwardPart part) => (double)_ticks[(int)part] / Stopwatch.Frequency;

    /// <summary>Seconds spent on putting vectors into their files.</summary>
    public double StoringSeconds => (double)_storing / Stopwatch.Frequency;

    /// <summary>Seconds waited until the chunk before was on disk.</summary>
    public double WaitingSeconds => (double)_waiting / Stopwatch.Frequency;

    /// <inheritdoc/>
    public void Add(ForwardPart part, long start) => _ticks[(int)part] += Stopwatch.GetTimestamp() - start;

    internal void AddStoring(long start) => _storing += Stopwatch.GetTimestamp() - start;

    internal void AddWaiting(long start) => _waiting += Stopwatch.GetTimestamp() - start;
}
