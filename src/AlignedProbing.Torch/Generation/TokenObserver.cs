using AlignedProbing.Torch.Generation.Sampling;
using TorchSharp;

namespace AlignedProbing.Torch.Generation;

/// <summary>Follows a generation. Nothing that it is handed outlives the call; by itself it does nothing.</summary>
internal abstract class TokenObserver
{
    /// <summary>A pass begins.</summary>
    public virtual void Begin(TokenPass pass)
    {
    }

    /// <summary>Hidden states of a pass.</summary>
    /// <param name="layer">The layer, numbered as Hugging Face's <c>hidden_states</c>; each once a pass.</param>
    /// <param name="states">float32 [tokens, width].</param>
    public virtual void OnStates(int layer, torch.Tensor states)
    {
    }

    /// <summary>Some of the logits of a pass.</summary>
    /// <param name="first">Place of the first row in <see cref="TokenPass.LogitRows"/>.</param>
    /// <param name="logits">float32 [rows, vocabulary].</param>
    public virtual void OnLogits(int first, torch.Tensor logits)
    {
    }

    /// <summary>A token was drawn, or the log-probability of a given one was read. It is in its tail already.</summary>
    /// <param name="row">Place of its row of logits in <see cref="TokenPass.LogitRows"/>.</param>
    /// <param name="use">Which token.</param>
    /// <param name="token">Its id and log-probability.</param>
    public virtual void OnToken(int row, TokenUse use, SampledToken token)
    {
    }
}
