using System.Diagnostics;

namespace AlignedProbing.Torch.Kernels;

/// <summary>A part of a forward pass, as time is counted.</summary>
public enum ForwardPart
{
    /// <summary>Looking up embeddings.</summary>
    Embedding,

    /// <summary>Linear layers of the blocks.</summary>
    Linear,

    /// <summary>Attention.</summary>
    Attention,

    /// <summary>Norms, rotary positions and additions to the stream.</summary>
    NormAndRotary,

    /// <summary>The feed-forward part's activation.</summary>
    Activation,

    /// <summary>The output head.</summary>
    Head,

    /// <summary>What the observer does with hidden states.</summary>
    Pooling,

    /// <summary>What the observer does with logits.</summary>
    Sampling,
}

/// <summary>An observer that also wants to know where the time goes.</summary>
public interface IForwardClock
{
    /// <summary>A part was worked on from a time stamp (<see cref="Stopwatch.GetTimestamp"/>) until now.</summary>
    void Add(ForwardPart part, long start);
}
