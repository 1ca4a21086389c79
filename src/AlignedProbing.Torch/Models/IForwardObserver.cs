using AlignedProbing.Torch.Kernels;
using TorchSharp;

namespace AlignedProbing.Torch.Models;

/// <summary>Gets what a forward pass makes, while it is made. The tensors belong to the pass and are gone when the call returns.</summary>
public interface IForwardObserver
{
    /// <summary>The hidden states of all tokens at a layer, numbered as Hugging Face's <c>hidden_states</c>.</summary>
    /// <param name="layer">0: the embedding output; i: the output of block i; the last one: after the final norm.</param>
    /// <param name="states">float32 [tokens, width], contiguous. It must not be changed: edit at sites instead.</param>
    void OnStates(int layer, torch.Tensor states);

    /// <summary>Logits of some of the rows that the batch asked for. Called for block after block until all are there.</summary>
    /// <param name="first">Index into <see cref="TokenBatch.LogitRows"/> of the first row.</param>
    /// <param name="logits">float32 [rows, vocabulary], contiguous.</param>
    void OnLogits(int first, torch.Tensor logits);
}
