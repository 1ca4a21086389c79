using TorchSharp;

namespace AlignedProbing.Torch.Models.Encoders;

/// <summary>
/// An encoder with a classification head: tokens in, logits out. It knows no tokenizer, no label and no path.
/// </summary>
/// <remarks>
/// What is computed for a sequence depends on it alone: it is the same to the bit whatever else is in the batch and however many threads run. It runs on the
/// CPU.
/// </remarks>
public abstract class SequenceClassifier : IDisposable
{
    /// <summary>The model's sizes.</summary>
    public abstract EncoderSizes Sizes { get; }

    /// <summary>What the model is built of; it is freed with the model.</summary>
    internal EncoderWeights? Weights { get; set; }

    /// <summary>Runs a batch.</summary>
    /// <param name="batch">The sequences, each no longer than <see cref="EncoderSizes.Context"/>.</param>
    /// <param name="states">
    /// Gets the hidden states of each layer in order, float32 [tokens, width], valid during the call: 0 is the embedding output, i the output of block i. Null:
    /// nobody wants them.
    /// </param>
    /// <returns>Logits, float32 [sequences, labels], owned by the caller's scope.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A token id or a position beyond the model's tables.</exception>
    public abstract torch.Tensor Forward(SequenceBatch batch, Action<int, torch.Tensor>? states = null);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the weights.</summary>
    protected virtual void Dispose(bool disposing) => Weights?.Dispose();
}
