using System.Diagnostics;
using AlignedProbing.Torch.Models;
using TorchSharp;

namespace AlignedProbing.Benchmarks;

/// <summary>
/// What the machine's own float32 matrix products (libtorch's <c>mm</c>, 100 rows) allow: tokens a second of wall time, best of all repeats, and a second of
/// processor time. Where other programs use
/// the processor, the second is the one to compare.
/// </summary>
/// <param name="Wall">Tokens a second.</param>
/// <param name="Processor">Tokens a second of one core.</param>
internal sealed record ProductBound(double Wall, double Processor)
{
    private const int Repeats = 30;

    /// <summary>Measures the bound of a model: three shapes of its width, weighted as a token meets them, and twice its parameters in operations.</summary>
    public static ProductBound Measure(ModelSizes sizes)
    {
        using var scope = torch.NewDisposeScope();
        double work = 0, wall = 0, processor = 0;
        foreach (var (inputs, outputs) in new[] { (sizes.Width, 1536), (1536, sizes.Width), (sizes.Width, sizes.Vocabulary) })
        {
            var (left, right) = (torch.rand(100, inputs), torch.rand(inputs, outputs));
            var best = double.PositiveInfinity;
            torch.mm(left, right).Dispose();
            var used = ProbeBenchmark.ProcessorMilliseconds(() =>
            {
                for (var repeat = 0; repeat < Repeats; repeat++)
                {
                    var start = Stopwatch.GetTimestamp();
                    using var result = torch.mm(left, right);
                    best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
                }
            });

            // Each block has about twice the first two shapes, the head comes once.
            var count = outputs == sizes.Vocabulary ? 1.0 : sizes.Blocks * 2.0;
            work += count * 2 * 100 * inputs * outputs;
            wall += count * best;
            processor += count * used / Repeats / 1000;
        }

        var tokens = work / (2.0 * sizes.Parameters);
        return new ProductBound(tokens / wall, tokens / processor);
    }
}
