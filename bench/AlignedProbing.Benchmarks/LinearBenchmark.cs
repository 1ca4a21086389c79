using System.Globalization;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights;
using static TorchSharp.torch;

namespace AlignedProbing.Benchmarks;

/// <summary>
/// How fast linear layers multiply, plain (libtorch's own) against packed, float32 against bfloat16, at the shapes of SmolLM2-135M, and what bound the plain
/// float32 figures at 100 rows set
/// on tokens per second.
/// </summary>
internal static class LinearBenchmark
{
    // What a token costs in SmolLM2-135M: twice its 134.5 million weights.
    private const double GigaflopsPerToken = 0.269;

    private static readonly (int Inputs, int Outputs, int Times)[] Shapes = [(576, 960, 30), (576, 576, 30), (576, 3072, 30), (1536, 576, 30), (576, 49152, 1)];
    private static readonly (int Inputs, int Outputs)[] BoundShapes = [(576, 1536), (1536, 576), (576, 49152)];
    private static readonly int[] Rows = [1, 4, 25, 100, 400];

    public static void Run(IReadOnlyList<string> arguments)
    {
        TorchRuntime.EnsureLoaded();
        var threads = arguments.Count > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : get_num_threads();
        set_num_threads(threads);
        Console.WriteLine($"{threads} threads, fast bfloat16: {Processor.HasFastBFloat16}; GFLOP/s, best of 15 runs");
        Console.WriteLine(
            $"{"in", 6} {"out", 6} {"rows", 5} {"plain", 8} {"packed", 8} {"ratio", 6} {"bf16", 8} {"packed", 8} {"ratio", 6} {"half", 8} " +
            $"{"int8", 8} {"nf4", 8}"
        );
        var seconds = new double[LinearKinds.Count];
        foreach (var (inputs, outputs, times) in Shapes)
        {
            using var scope = NewDisposeScope();
            using var kinds = new LinearKinds(inputs, outputs);
            foreach (var rows in Rows)
            {
                var best = kinds.Seconds(rows);
                var work = 2e-9 * rows * inputs * outputs;
                Console.WriteLine(
                    $"{inputs, 6} {outputs, 6} {rows, 5} {work / best[0], 8:F0} {work / best[1], 8:F0} {best[0] / best[1], 6:F2} {work / best[2], 8:F0} " +
                    $"{work / best[3], 8:F0} {best[2] / best[3], 6:F2} {work / best[4], 8:F0} {work / best[5], 8:F0} {work / best[6], 8:F0}"
                );
                if (rows == 100)
                {
                    for (var kind = 0; kind < seconds.Length; kind++)
                    {
                        seconds[kind] += best[kind] * times;
                    }
                }
            }
        }

        Console.WriteLine(
            $"matrix products of one step of 100 rows: plain {1000 * seconds[0]:F0} ms, packed {1000 * seconds[1]:F0} ms, bf16 plain {1000 * seconds[2]:F0} " +
            $"ms, packed {1000 * seconds[3]:F0} ms, half {1000 * seconds[4]:F0} ms, int8 {1000 * seconds[5]:F0} ms, nf4 {1000 * seconds[6]:F0} ms"
        );
        Bound();
    }

    /// <summary>The bound on tokens per second as it is usually stated: plain sgemm at 100 rows for three shapes, by their share of the work.</summary>
    private static void Bound()
    {
        double work = 0;
        double seconds = 0;
        foreach (var (inputs, outputs) in BoundShapes)
        {
            using var scope = NewDisposeScope();
            using var kinds = new LinearKinds(inputs, outputs);
            var part = 2e-9 * 100 * inputs * outputs;
            var best = kinds.Seconds(100)[0];
            Console.WriteLine($"sgemm at 100 rows, {inputs} x {outputs}: {part / best:F0} GFLOP/s");

            // Two thirds of the blocks' weights read width 576 and one third 1536; the head is one layer.
            var times = outputs == 49152 ? 1 : inputs == 576 ? 90 : 30;
            work += part * times;
            seconds += best * times;
        }

        Console.WriteLine($"bound: {work / seconds:F0} GFLOP/s, {work / seconds / GigaflopsPerToken:F0} tokens per second");
    }

    /// <summary>One weight held in several ways.</summary>
    private sealed class LinearKinds : IDisposable
    {
        private static readonly (WeightPrecision Precision, bool Packed)[] Kinds =
        [
            (WeightPrecision.Full, false), (WeightPrecision.Full, true), (WeightPrecision.BFloat16, false), (WeightPrecision.BFloat16, true),
            (WeightPrecision.Half, true), (WeightPrecision.EightBit, true), (WeightPrecision.FourBit, true),
        ];

        private readonly Linear[] _layers;
        private readonly int _inputs;

        public LinearKinds(int inputs, int outputs)
        {
            _inputs = inputs;
            using var weight = randn(outputs, inputs);
            _layers = [.. Kinds.Select(kind => Linear.Create([weight], null, new LinearOptions { Precision = kind.Precision, Packed = kind.Packed }))];
        }

        public static int Count => Kinds.Length;

        /// <summary>Plain and packed float32, plain and packed bfloat16, then what is held in few bits and computed in float32.</summary>
        public double[] Seconds(int rows)
        {
            using var input = randn(rows, _inputs);
            return BestTime.Of(15, [.. _layers.Select(layer => (Action)(() => layer.Forward(input).Dispose()))]);
        }

        public void Dispose() => Array.ForEach(_layers, layer => layer.Dispose());
    }
}
