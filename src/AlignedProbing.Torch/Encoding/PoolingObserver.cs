using System.Diagnostics;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Encoding;

/// <summary>Pools hidden states as a forward pass hands them out, and passes logits on.</summary>
/// <param name="pooling">Gets the states.</param>
/// <param name="onLogits">Gets blocks of logits: index of the first row, and float32 [rows, vocabulary] in CPU memory.</param>
/// <param name="times">Adds up where the time goes; null: not asked.</param>
internal sealed class PoolingObserver(IStatePooling pooling, Action<int, torch.Tensor> onLogits, PartTimes? times) : IForwardObserver, IForwardClock
{
    public void OnStates(int layer, torch.Tensor states) => pooling.Add(layer, states);

    public void OnLogits(int first, torch.Tensor logits)
    {
        using var scope = torch.NewDisposeScope();
        onLogits(first, DeviceCopies.ToHost(logits));
    }

    public void Add(ForwardPart part, long start) => times?.Add(part, Stopwatch.GetTimestamp() - start);
}
