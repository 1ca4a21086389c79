using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Encoding;

internal static class TokenSampling
{
    public static ITokenSampler Create(EncodingManifest asked) => new Sorted(asked);

    private sealed class Sorted(EncodingManifest asked) : ITokenSampler
    {
        public SampledToken Sample(ReadOnlySpan<float> logits, RandomStream stream, int step)
        {
            var max = System.Numerics.Tensors.TensorPrimitives.Max(logits);
            var p = new double[logits.Length];
            var order = new int[logits.Length];
            double total = 0;
            for (var i = 0; i < p.Length; i++)
            {
                p[i] = -Math.Exp((logits[i] - max) / asked.Temperature);
                total -= p[i];
                order[i] = i;
            }

            Array.Sort(p, order);
            double mass = 0;
            var kept = 0;
            while (kept < p.Length && mass < asked.TopP * total && (asked.TopK == 0 || kept < asked.TopK))
            {
                mass -= p[kept++];
            }

            var u = stream.Uniform(step) * mass;
            var chosen = 0;
            while (chosen < kept - 1 && u >= -p[chosen])
            {
                u += p[chosen++];
            }

            return new SampledToken(order[chosen], LogProbability.Of(logits, order[chosen]));
        }
    }
}
