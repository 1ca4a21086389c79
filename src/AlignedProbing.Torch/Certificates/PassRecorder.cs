using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Certificates;

/// <summary>Keeps the hidden states, where they are asked for, and the logits of a pass.</summary>
internal sealed class PassRecorder(bool keepStates) : IForwardObserver
{
    private readonly List<float> _logits = [];

    /// <summary>Hidden states of each layer [tokens, width].</summary>
    public List<float[]> States { get; } = [];

    /// <summary>Logits [rows, vocabulary].</summary>
    public ReadOnlySpan<float> Logits => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_logits);

    public void OnStates(int layer, torch.Tensor states)
    {
        if (keepStates)
        {
            States.Add(Values(states));
        }
    }

    public void OnLogits(int first, torch.Tensor logits) => _logits.AddRange(Values(logits));

    private static float[] Values(torch.Tensor tensor)
    {
        using var scope = torch.NewDisposeScope();
        return TensorMemory.Span<float>(DeviceCopies.ToHost(tensor)).ToArray();
    }
}
