
namespace AlignedProbing.Torch.Tests.Generation.Sampling;

/// <summary>The same distribution, the straightforward way: sort, cut, add up; in float64.</summary>
internal static class SortedReference
{
    /// <summary>The tokens that may be drawn and their probabilities, in order of their ids.</summary>
    public static SortedDictionary<int, double> Kept(float[] logits, double temperature, int topK, double topP)
    {
        double max = logits.Max();
        var order = Enumerable.Range(0, logits.Length).OrderByDescending(id => logits[id]).ThenBy(id => id).ToList();
        if (topK > 0 && topK < order.Count)
        {
            var border = logits[order[topK - 1]];
            order.RemoveAll(id => logits[id] < border);
        }

        var weights = order.ToDictionary(id => id, id => Math.Exp((logits[id] - max) / temperature));
        var total = weights.Values.Sum();
        var kept = new SortedDictionary<int, double>();
        double mass = 0;
        foreach (var id in order)
        {
            if (kept.Count > 0 && topP < 1 && mass >= topP * total)
            {
                break;
            }

            kept.Add(id, weights[id]);
            mass += weights[id];
        }

        foreach (var id in kept.Keys.ToArray())
        {
            kept[id] /= mass;
        }

        return kept;
    }

    /// <summary>The token under a uniform number, and how near the number lies to its borders (a float32 sum may fall on the other side).</summary>
    public static (int Token, double Margin) Draw(SortedDictionary<int, double> kept, double uniform)
    {
        double passed = 0;
        foreach (var (id, probability) in kept)
        {
            if (uniform < passed + probability)
            {
                return (id, Math.Min(uniform - passed, passed + probability - uniform));
            }

            passed += probability;
        }

        return (kept.Keys.Last(), 0);
    }
}
