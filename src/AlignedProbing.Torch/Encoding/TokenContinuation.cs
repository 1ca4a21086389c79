using AlignedProbing.Runs;
using AlignedProbing.Torch.Generation;

namespace AlignedProbing.Torch.Encoding;

/// <summary>A continuation as the model made or read it.</summary>
/// <param name="tail">Its tokens.</param>
/// <param name="whole">Tokens that a continuation may have where the model's context has room for all.</param>
internal sealed class TokenContinuation(TokenTail tail, int whole)
{
    /// <summary>Its token ids, without end-of-text.</summary>
    public IReadOnlyList<int> Ids => tail.Ids;

    /// <summary>Log-probability of each token: natural logarithm of the softmax of raw logits.</summary>
    public IReadOnlyList<double> LogProbabilities => tail.LogProbabilities;

    /// <summary>How it ended; null while it is being made.</summary>
    public ContinuationEnd? End =>
        tail.Source.Ids is not null ? ContinuationEnd.Given
        : tail.EndOfText is not null ? ContinuationEnd.EndOfText
        : !tail.Ended ? null
        : tail.Limit > 0 && tail.Limit == whole ? ContinuationEnd.Length
        : ContinuationEnd.Context;

    /// <summary>Mean of <see cref="LogProbabilities"/>; null where there is none.</summary>
    public double? MeanLogProbability => LogProbabilities.Count == 0 ? null : LogProbabilities.Sum() / LogProbabilities.Count;
}
