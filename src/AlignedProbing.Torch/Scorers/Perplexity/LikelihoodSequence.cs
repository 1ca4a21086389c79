
namespace AlignedProbing.Torch.Scorers.Perplexity;

/// <summary>
/// A prompt with the texts that go on it, as tokens; and the log-probabilities (natural logarithm of the softmax of raw logits) that a model gives to them.
/// </summary>
internal sealed class LikelihoodSequence
{
    /// <summary>Describes what is asked.</summary>
    /// <param name="prompt">The prompt's ids, special ones included; at least one.</param>
    /// <param name="firstOwn">The first token of the prompt whose log-probability is asked for, at least 1: the very first token has nothing before it.</param>
    /// <param name="endOwn">The token after the last one asked for; not above <paramref name="firstOwn"/> where none is.</param>
    /// <param name="tails">The ids of each text that goes on the prompt; each at least one.</param>
    public LikelihoodSequence(int[] prompt, int firstOwn, int endOwn, IReadOnlyList<int[]> tails)
    {
        (Prompt, FirstOwn, Tails) = (prompt, firstOwn, tails);
        Own = new double[Math.Max(0, endOwn - firstOwn)];
        OfTails = [.. tails.Select(tail => new double[tail.Length])];
    }

    /// <summary>The prompt's ids.</summary>
    public int[] Prompt { get; }

    /// <summary>The first token of the prompt whose log-probability is asked for.</summary>
    public int FirstOwn { get; }

    /// <summary>The ids of the texts that go on it.</summary>
    public IReadOnlyList<int[]> Tails { get; }

    /// <summary>Log-probabilities of the prompt's own tokens from <see cref="FirstOwn"/> on.</summary>
    public double[] Own { get; }

    /// <summary>Log-probabilities of each tail's tokens.</summary>
    public double[][] OfTails { get; }
}
