using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>Keeps all hidden states and logits of a pass.</summary>
internal sealed class StateRecorder : IForwardObserver
{
    public List<float[]> States { get; } = [];

    public List<float> Logits { get; } = [];

    /// <summary>Number of live tensors at each layer.</summary>
    public List<long> LiveTensors { get; } = [];

    public void OnStates(int layer, torch.Tensor states)
    {
        Assert.Equal(States.Count, layer);
        LiveTensors.Add(Torch.Native.LiveTensors.Count);
        States.Add(TensorMemory.Span<float>(states).ToArray());
    }

    public void OnLogits(int first, torch.Tensor logits)
    {
        Assert.Equal(Logits.Count, first * (int)logits.size(1));
        Logits.AddRange(TensorMemory.Span<float>(logits));
    }
}
