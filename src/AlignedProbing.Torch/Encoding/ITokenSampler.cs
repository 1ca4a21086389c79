using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Encoding;

/// <summary>A sampled token.</summary>
/// <param name="Token">Its id.</param>
/// <param name="LogProbability">Natural logarithm of its probability under the softmax of the raw logits.</param>
internal readonly record struct SampledToken(int Token, double LogProbability);

/// <summary>Draws a token from a row of logits. Several threads call it at once.</summary>
internal interface ITokenSampler
{
    /// <summary>Draws token number <paramref name="step"/> of a continuation.</summary>
    SampledToken Sample(ReadOnlySpan<float> logits, RandomStream stream, int step);
}
