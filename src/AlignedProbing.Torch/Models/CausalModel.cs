using AlignedProbing.Torch.Kernels;
using TorchSharp;

namespace AlignedProbing.Torch.Models;

/// <summary>
/// A causal language model: sizes, one forward over ids with a cache, the sites it exposes. It knows no tokenizer, no stage and no path.
/// </summary>
/// <remarks>
/// Tokens of several sequences lie packed one after another, without padding. What is computed for a token depends on its own sequence alone: on the CPU it is
/// the same to the bit whatever else is in the batch and however many threads run.
/// </remarks>
public abstract class CausalModel : IDisposable
{
    /// <summary>The model's sizes.</summary>
    public abstract ModelSizes Sizes { get; }

    /// <summary>The places whose values can be read and replaced during a forward pass, in the order they are passed.</summary>
    public abstract IReadOnlyList<Site> Sites { get; }

    /// <summary>The device that it is on, as it was named when it was loaded: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>.</summary>
    public string Device { get; internal set; } = "cpu";

    /// <summary>
    /// Where states and logits are best reduced to what is kept of them, because reading them would wait for the device that makes them; null: they are read in
    /// CPU memory.
    /// </summary>
    internal torch.Device? ReducesOn { get; set; }

    /// <summary>What the model is built of; it is freed with the model.</summary>
    internal ModelWeights? Weights { get; set; }

    /// <summary>Runs the tokens of a batch, adds their keys and values to the cache, and hands out hidden states and logits as they are made.</summary>
    /// <param name="batch">The tokens, made for <paramref name="cache"/> as it is now.</param>
    /// <param name="cache">Keys and values of what was read before; afterwards also of the batch.</param>
    /// <param name="observer">Gets the hidden states [tokens, width] of each layer in order, and the logits [rows, vocabulary] asked for in blocks.</param>
    /// <param name="editor">Reads and replaces values at sites; null: none.</param>
    public abstract void Forward(TokenBatch batch, KeyValueCache cache, IForwardObserver observer, ISiteEditor? editor = null);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the weights.</summary>
    protected virtual void Dispose(bool disposing) => Weights?.Dispose();
}
