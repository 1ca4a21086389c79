using System.Diagnostics;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Running.Estimates;

/// <summary>Times a model's matrix products on this machine, with weights of ones in the place of its own.</summary>
internal static class ProductTimes
{
    private const int Repetitions = 9;

    // Larger products are timed in part: the time grows with the outputs.
    private const int MostElements = 32 << 20;

    // The share of a step that linear layers and head take; attention, norms and sampling take the rest (docs/reference/performance.md).
    private const double ShareOfProducts = 0.8;

    /// <summary>Seconds that all tokens of a run take.</summary>
    /// <param name="weights">The model's layers.</param>
    /// <param name="request">Precision, device and threads.</param>
    /// <param name="tokens">Tokens that pass the blocks.</param>
    /// <param name="heads">Tokens that pass the output head.</param>
    /// <param name="rows">Tokens of a pass.</param>
    public static double SecondsOf(WeightShapes weights, RunRequest request, long tokens, long heads, int rows)
    {
        TorchRuntime.EnsureLoaded();
        var threads = torch.get_num_threads();
        try
        {
            torch.set_num_threads(request.Threads ?? threads);
            var products = weights.Products();
            var width = products.Count == 0 ? 1 : products.Max(product => product.Inputs < product.Outputs ? product.Inputs : product.Outputs);
            var perPass = products.Sum(product => product.Count * Time(product.Inputs, product.Outputs, rows, request, request.Precision));
            var held = request.Precision is WeightPrecision.EightBit or WeightPrecision.FourBit ? WeightPrecision.BFloat16 : request.Precision;
            var head = Time(width, weights.Vocabulary, rows, request, held);
            return ((tokens * perPass) + (heads * head)) / rows / ShareOfProducts;
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    // Seconds of one product [rows, inputs] x [inputs, outputs]: the least of some, which other programs disturbed least.
    private static double Time(int inputs, int outputs, int rows, RunRequest request, WeightPrecision precision)
    {
        var timed = (int)Math.Max(1, Math.Min(outputs, MostElements / Math.Max(1, inputs)));
        using var scope = torch.NewDisposeScope();
        var device = TorchRuntime.Device(request.Device.ToString());
        using var layer = Linear.Create([torch.ones(timed, inputs)], null, new LinearOptions { Precision = precision, Device = device, Packed = true });
        var given = torch.ones([rows, inputs], device: device);
        layer.Forward(given).Dispose();
        var seconds = new double[Repetitions];
        for (var repetition = 0; repetition < Repetitions; repetition++)
        {
            var start = Stopwatch.GetTimestamp();
            layer.Forward(given).Dispose();
            if (device.type == DeviceType.CUDA)
            {
                torch.cuda.synchronize(device);
            }

            seconds[repetition] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        return seconds.Min() * outputs / timed;
    }
}
