
namespace AlignedProbing.Torch.Generation.Sampling;

/// <summary>A token drawn.</summary>
/// <param name="Token">Its id.</param>
/// <param name="LogProbability">Natural logarithm of its probability under the softmax of the raw logits (temperature 1, nothing cut off): what perplexity is
/// made of.</param>
public readonly record struct SampledToken(int Token, double LogProbability);
