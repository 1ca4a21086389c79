namespace AlignedProbing.Analysis.Behavior;

/// <summary>Log-probabilities of tokens, added up a prompt: what a perplexity over the corpus is made of.</summary>
internal sealed class LogProbabilities(int prompts)
{
    /// <summary>Tokens with a log-probability.</summary>
    public long[] Tokens { get; } = new long[prompts];

    /// <summary>The sum of their log-probabilities (natural logarithm).</summary>
    public double[] Sum { get; } = new double[prompts];

    /// <summary>Whether there is any.</summary>
    public bool HasAny => Array.Exists(Tokens, tokens => tokens > 0);

    public void Add(int prompt, long tokens, double sum)
    {
        Tokens[prompt] += tokens;
        Sum[prompt] += sum;
    }
}
