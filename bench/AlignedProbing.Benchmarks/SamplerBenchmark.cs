using AlignedProbing.Numerics;
using AlignedProbing.Torch.Generation.Sampling;
using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Benchmarks;

/// <summary>How long drawing 100 tokens from a vocabulary of 49,152 takes: top-p 0.9 here and as libtorch's sort, softmax and sum do it.</summary>
internal static class SamplerBenchmark
{
    private const int Rows = 100;
    private const int Vocabulary = 49152;

    public static void Run(IReadOnlyList<string> arguments)
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        manual_seed(1);
        var sampler = new TokenSampler(new TokenSamplerOptions());
        var topK = new TokenSampler(new TokenSamplerOptions { TopK = 50 });
        var all = new TokenSampler(new TokenSamplerOptions { TopP = 1 });
        var uniforms = Enumerable.Range(0, Rows).Select(row => RandomStream.For(1, "benchmark", "row", row).Uniform(0)).ToArray();
        var tokens = new SampledToken[Rows];
        Console.WriteLine($"ms for {Rows} rows on {get_num_threads()} threads, best of 10 runs");
        foreach (var (name, spread) in new[] { ("as a language model's", 3.5), ("nearly flat", 0.3) })
        {
            var logits = Ops.Scale(randn(Rows, Vocabulary), spread);
            var best = BestTime.Of(
                10,
                () => sampler.SampleRows(logits, uniforms, tokens),
                () => topK.SampleRows(logits, uniforms, tokens),
                () => all.SampleRows(logits, uniforms, tokens));
            var sorted = BestTime.Of(2, () => Sorted(logits));
            Console.WriteLine(
                $"logits {name}: top-p {1000 * best[0]:F1}, top-k 50 and top-p {1000 * best[1]:F1}, neither {1000 * best[2]:F1}; sort, softmax and sum " +
                $"{1000 * sorted[0]:F0}"
            );
        }
    }

    private static void Sorted(Tensor logits)
    {
        using var scope = NewDisposeScope();
        var (values, _) = logits.sort(descending: true);
        values.softmax(-1).cumsum(-1);
    }
}
