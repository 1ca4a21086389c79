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
/// <param name="weighsInput">Whether it is what the expert is given that is multiplied.</param>
internal sealed class ExpertShare(int expert, long[] rows, float[] weights, bool weighsInput = false) : ExpertWork
{
    public override int Expert => expert;

    /// <summary>Rows of the batch, ascending.</summary>
    public long[] Rows => rows;

    /// <summary>What the expert's result of each row is multiplied by.</summary>
    public float[] Weights => weights;

    public override torch.Tensor Take(torch.Tensor x)
    {
        var taken = x.index_select(0, torch.tensor(rows));
        if (weighsInput)
        {
            ManagedKernels.Instance.Multiply(taken, torch.tensor(weights, [weights.Length, 1]));
        }

        return taken;
    }

    public override void AddTo(torch.Tensor result, torch.Tensor made) =>
        ManagedKernels.AddWeighted(result, made, rows, weighsInput ? [.. Enumerable.Repeat(1f, rows.Length)] : weights);
}

/// <summary>
/// Which experts of a mixture work on which tokens. A token goes to the experts whose scores have the largest softmax, over all experts in float32; of equals
/// the one with the lower number is taken. What happens to a token depends on its own scores alone. Source: Shazeer et al. 2017; Jiang et al. 2024.
/// </summary>
internal static class ExpertRouting
{
    /// <summary>The experts that have work, in the order of their numbers.</summary>
    /// <param name="scores">[tokens, experts].</param>
    /// <param name="experts">Number of experts.</param>
    /// <param name="chosen">Experts a token, at most their number.</param>
    /// <param name="renormalise">Whether the chosen experts' weights are divided by their sum.</param>
    public static IReadOnlyList<ExpertShare> Of(ReadOnlySpan<float> scores, int experts, int chosen, bool renormalise) =>
        Of(scores, experts, new RoutingRule(chosen, renormalise));

    /// <summary>The experts that have work, in the order of their numbers.</summary>
    /// <param name="scores">[tokens, experts].</param>
    /// <param name="experts">Number of experts.</param>
    /// <param name="rule">How they are chosen and weighted.</param>
    public static IReadOnlyList<ExpertShare> Of(ReadOnlySpan<float> scores, int experts, RoutingRule rule)
    {
        var shares = Enumerable.Range(0, experts).Select(_ => (Rows: new List<long>(), Weights: new List<float>())).ToArray();
        Span<float> weights = new float[experts], choice = new float[experts];
        Span<int> best = new int[rule.Chosen];
        for (var row = 0; row < scores.Length / experts; row++)
        {
            var own = scores.Slice(row * experts, experts);
            if (rule.SparseMixer is { } share)
            {
                SparseMixer(own, share, best, weights);
            }
            else
            {
                Weigh(own, rule, weights);
                weights.CopyTo(choice);
                Choose(rule, choice, best);
            }

            var sum = rule.Epsilon;
            foreach (var expert in best)
            {
                sum += weights[expert];
            }

            foreach (var expert in best)
            {
                shares[expert].Rows.Add(row);
                shares[expert].Weights.Add((rule.Renormalise ? weights[expert] / sum : weights[expert]) * rule.Factor);
            }
        }

        return
        [
            .. shares
                .Select((share, expert) => new ExpertShare(expert, [.. share.Rows], [.. share.Weights], rule.WeighsInput))
                .Where(share => share.Rows.Length > 0),
        ];
    }

    private static void Weigh(ReadOnlySpan<float> scores, RoutingRule rule, Span<float> weights)
    {
        if (!rule.Sigmoid)
        {
            Softmax(scores, weights);
            return;
        }

        for (var i = 0; i < scores.Length; i++)
        {
            weights[i] = 1 / (1 + VectorMath.Exp(-scores[i]));
        }
    }

    /// <summary>The best experts by their weights and biases, of the best groups.</summary>
    private static void Choose(RoutingRule rule, Span<float> choice, Span<int> best)
    {
        for (var i = 0; rule.Bias is { } bias && i < choice.Length; i++)
        {
            choice[i] += bias[i];
        }

        if (rule.Groups > 1)
        {
            var size = choice.Length / rule.Groups;
            Span<float> scores = new float[rule.Groups];
            for (var group = 0; group < rule.Groups; group++)
            {
                var own = choice.Slice(group * size, size);
                var first = Largest(own, []);
                scores[group] = own[first] + (rule.GroupsByTwo && size > 1 ? own[Largest(own, [first])] : 0);
            }

            Span<int> groups = new int[rule.GroupsChosen];
            Best(scores, groups);
            for (var group = 0; group < rule.Groups; group++)
            {
                if (!groups.Contains(group))
                {
                    choice.Slice(group * size, size).Clear();
                }
            }
        }

        Best(choice, best);
    }

    private static void Best(ReadOnlySpan<float> weights, Span<int> best)
    {
        for (var i = 0; i < best.Length; i++)
        {
            best[i] = Largest(weights, best[..i]);
        }
    }

    /// <summary>Source: Liu et al. 2023, as Phi-3.5-MoE runs it without noise.</summary>
    private static void SparseMixer(ReadOnlySpan<float> scores, float share, Span<int> best, Span<float> weights)
    {
        Span<float> masked = new float[scores.Length];
        for (var i = 0; i < best.Length; i++)
        {
            best[i] = Largest(scores, best[..i]);
            var top = scores[best[i]];
            var sum = 0f;
            for (var expert = 0; expert < scores.Length; expert++)
            {
                var score = scores[expert];
                var hidden = best[..i].Contains(expert) || (top - score) / MathF.Max(MathF.Abs(score), top) > share;
                masked[expert] = hidden ? 0 : VectorMath.Exp(score - top);
                sum += masked[expert];
            }

            weights[best[i]] = masked[best[i]] / sum;
        }
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
