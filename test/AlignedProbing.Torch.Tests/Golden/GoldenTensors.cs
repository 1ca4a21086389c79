using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>Reference tensors of one file, as arrays.</summary>
internal sealed class GoldenTensors : IDisposable
{
    private readonly Checkpoint _file;

    public GoldenTensors(string path) => _file = Checkpoint.Open(path);

    public static double WorstDifference(ReadOnlySpan<float> expected, ReadOnlySpan<float> found)
    {
        Assert.Equal(expected.Length, found.Length);
        var worst = 0.0;
        for (var i = 0; i < expected.Length; i++)
        {
            var difference =
                float.IsNaN(expected[i]) && float.IsNaN(found[i]) ? 0 : Math.Abs((double)expected[i] - found[i]) / Math.Max(1, Math.Abs((double)expected[i]));
            worst = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(worst, difference);
        }

        return worst;
    }

    public static void Near(ReadOnlySpan<float> expected, ReadOnlySpan<float> found, double tolerance, string what)
    {
        var worst = WorstDifference(expected, found);
        Assert.True(worst <= tolerance, $"{what}: largest difference {worst:g3}, allowed {tolerance:g3}");
    }

    public (float[] Values, long[] Shape) Floats(string name)
    {
        using var scope = torch.NewDisposeScope();
        var shape = Shape(name);
        return (TensorMemory.Span<float>(_file.Take(name, shape).to(torch.ScalarType.Float32).contiguous()).ToArray(), shape);
    }

    public (long[] Values, long[] Shape) Integers(string name)
    {
        using var scope = torch.NewDisposeScope();
        var shape = Shape(name);
        return (TensorMemory.Span<long>(_file.Take(name, shape).to(torch.ScalarType.Int64).contiguous()).ToArray(), shape);
    }

    public bool Has(string name) => _file.Contains(name);

    public void Dispose() => _file.Dispose();

    private long[] Shape(string name) => [.. (_file.Find(name) ?? throw new InvalidOperationException($"no {name}")).Shape];
}
