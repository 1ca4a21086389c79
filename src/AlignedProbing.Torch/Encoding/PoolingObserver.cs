using System.Diagnostics;
using AlignedProbing.Torch.Models;
using TorchSharp;

namespace AlignedProbing.Torch.Encoding;

/// <summary>Passes on what a forward pass hands out.</summary>
/// <param name="pooling">Gets the states.</param>
/// <param name="reader">Gets the logits.</param>
/// <param name="times">Adds up where the time goes; null: not asked.</param>
internal sealed class PoolingObserver(IStatePooling pooling, ILogitReader reader, PartTimes? times) : IForwardObserver, IForwardClock
{
    public void OnStates(int layer, torch.Tensor states) => pooling.Add(layer, states);

    public void OnLogits(int first, torch.Tensor logits) => reader.Read(first, logits);

    public void Add(ForwardPart part, long start) => times?.Add(part, Stopwatch.GetTimestamp() - start);
}
