using AlignedProbing.Numerics;
using TorchSharp;

namespace AlignedProbing.Torch.Models;

/// <summary>
/// Weights of an untrained model: normally distributed with mean 0 and the configuration's <c>initializer_range</c>, biases 0, weights of norms 1, as Hugging
/// Face starts training. A weight is a function of (seed, its name, its place) alone.
/// </summary>
/// <param name="seed">The seed.</param>
/// <param name="deviation">The standard deviation, above 0.</param>
internal sealed class RandomWeights(int seed, double deviation)
{
    /// <summary>A weight in the place of a stored one: of the same shape and type.</summary>
    public torch.Tensor Like(torch.Tensor stored, string name)
    {
        if (name.EndsWith(".bias", StringComparison.Ordinal))
        {
            return torch.zeros_like(stored);
        }

        var values = new float[stored.NumberOfElements];
        var stream = RandomStream.For(seed, "weights", name, 0);
        Parallel.For(0, (values.Length + 1) / 2, pair =>
        {
            // Box and Muller 1958: two uniform numbers give two normal ones.
            var radius = deviation * Math.Sqrt(-2 * Math.Log(1 - stream.Uniform(pair)));
            var (sine, cosine) = Math.SinCos(2 * Math.PI * stream.Uniform(pair, 1));
            values[2 * pair] = (float)(radius * cosine);
            if ((2 * pair) + 1 < values.Length)
            {
                values[(2 * pair) + 1] = (float)(radius * sine);
            }
        });
        return torch.tensor(values, [.. stored.shape]).to(stored.dtype);
    }
}
