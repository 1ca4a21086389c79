using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Precision;

/// <summary>Quantised weights on any device: blocks of their rows are made float32 by torch's own operators and multiplied. Rows' last bits may depend on how many there are.</summary>
internal sealed class DequantisingKernel : ILinearKernel
{
    /// <summary>Weights made whole at a time: 64 MB.</summary>
    private const int ElementsAtATime = 1 << 24;

    private readonly DeviceWeight[] _weights;
    private readonly Tensor? _bias;

    /// <summary>Copies the weights to a device and takes over the bias.</summary>
    public DequantisingKernel(IReadOnlyList<QuantisedWeight> weights, Tensor? bias, Device device)
    {
        _weights = [.. weights.Select(weight => weight.To(device))];
        _bias = bias;
    }

    public string Name => $"{_weights[0].Name}, computed in float32 by torch's operators";

    public Tensor Forward(Tensor rows)
    {
        using var scope = NewDisposeScope();
        var results = new List<Tensor>();
        foreach (var weight in _weights)
        {
            var step = Math.Max(1, ElementsAtATime / weight.Columns / weight.RowStep) * weight.RowStep;
            for (var first = 0; first < weight.Rows; first += step)
            {
                using var part = weight.Dequantise(first, Math.Min(step, weight.Rows - first));
                results.Add(nn.functional.linear(rows, part));
            }
        }

        var result = results.Count == 1 ? results[0] : cat(results, 1);
        return (_bias is null ? result : Ops.AddInPlace(result, _bias)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        Array.ForEach(_weights, weight => weight.Dispose());
        _bias?.Dispose();
    }
}
