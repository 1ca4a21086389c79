using System.Diagnostics;
using AlignedProbing.Torch.Kernels;
using TorchSharp;

namespace AlignedProbing.Torch.Models;

/// <summary>Tells a clock how long an observer took.</summary>
internal sealed class TimedObserver(IForwardObserver observer, IForwardClock clock) : IForwardObserver
{
    public void OnStates(int layer, torch.Tensor states)
    {
        var start = Stopwatch.GetTimestamp();
        observer.OnStates(layer, states);
        clock.Add(ForwardPart.Pooling, start);
    }

    public void OnLogits(int first, torch.Tensor logits)
    {
        var start = Stopwatch.GetTimestamp();
        observer.OnLogits(first, logits);
        clock.Add(ForwardPart.Sampling, start);
    }
}
