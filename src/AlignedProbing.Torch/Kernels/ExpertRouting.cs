using TorchSharp;

namespace AlignedProbing.Torch.Kernels;

/// <summary>What one expert of a mixture has to do.</summary>
internal abstract class ExpertWork
{
    /// <summary>The expert.</summary>
    public abstract int Expert { get; }

    /// <summary>The rows that the expert is given [rows, width], of all tokens' [tokens, width].</summary>
    public abstract torch.Tensor Take(torch.Tensor x);

    /// <summary>Adds what the expert has made of its rows, weighted, to the result [tokens, width], in place.</summary>
    public abstract void AddTo(torch.Tensor result, torch.Tensor made);
}

/// <summary>Tokens that one expert works on, in CPU memory.</summary>
/// <param name="expert">The expert.</param>
/// <param name="rows">Rows of the batch, ascending.</param>
/// <param name="weights">What the expert's result of each row is multiplied by.</param>
internal sealed class ExpertShare(int expert, long[] rows, float[] weights) : ExpertWork
{
    public override int Expert => expert;

    /// <summary>Rows of the batch, ascending.</summary>
    public long[] Rows => rows;

    /// <summary>What the expert's result of each row is multiplied by.</summary>
    public float[] Weights => weights;

    public override torch.Tensor Take(torch.Tensor x) => x.index_select(0, torch.tensor(rows));

    public override void AddTo(torch.Tensor result, torch.Tensor made) => ManagedKernels.AddWeighted(result, made, rows, weights);
}

/// <summary>
/// Which experts of a mixture work on which tokens. A token goes to the experts whose scores have the largest softmax, over all experts in float32; of equals
/// the one with the lower number is
/// taken. What happens to a token depends on its own scores alone. Source: Shazeer et al. 2017; Jiang et al. 2024.
/// </summary>
internal static class ExpertRouting
{
    /// <summary>The experts that have work, in the order of their numbers.</summary>
    /// <param name="scores">[tokens, experts].</param>
    /// <param name="experts">Number of experts.</param>
    /// <param name="chosen">Experts a token, at most their number.</param>
    /// <param name="renormalise">Whether the chosen experts' weights are divided by their sum.</param>
    public static IReadOnlyList<ExpertShare> Of(ReadOnlySpan<float> scores, int experts, int chosen, bool renormalise)
    {
        var shares = Enumerable.Range(0, experts).Select(_ => (Rows: new List<long>(), Weights: new List<float>())).ToArray();
        Span<float> weights = new float[experts];
        Span<int> best = new int[chosen];
        for (var row = 0; row < scores.Length / experts; row++)
        {
            Softmax(scores.Slice(row * experts, experts), weights);
            var sum = 0f;
            for (var i = 0; i < chosen; i++)
            {
                best[i] = Largest(weights, best[..i]);
                sum += weights[best[i]];
            }

            foreach (var expert in best)
            {
                shares[expert].Rows.Add(row);
                shares[expert].Weights.Add(renormalise ? weights[expert] / sum : weights[expert]);
            }
        }

        return [.. shares.Select((share, expert) => new ExpertShare(expert, [.. share.Rows], [.. share.Weights])).Where(share => share.Rows.Length > 0)];
    }

    private static void Softmax(ReadOnlySpan<float> scores, Span<float> weights)
    {
        var top = float.NegativeInfinity;
        foreach (var score in scores)
        {
            top = MathF.Max(top, score);
        }

        var sum = 0f;
        for (var i = 0; i < scores.Length; i++)
        {
            weights[i] = VectorMath.Exp(scores[i] - top);
            sum += weights[i];
        }

        for (var i = 0; i < scores.Length; i++)
        {
            weights[i] /= sum;
        }
    }

    /// <summary>
    /// The expert with the largest weight that has not been taken. Weights that are not numbers are never larger: they stay in the result, where they are
    /// found.
    /// </summary>
    private static int Largest(ReadOnlySpan<float> weights, ReadOnlySpan<int> taken)
    {
        var largest = -1;
        for (var i = 0; i < weights.Length; i++)
        {
            if ((largest < 0 || weights[i] > weights[largest]) && !taken.Contains(i))
            {
                largest = i;
            }
        }

        return largest;
    }
}
