using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights;

/// <summary>
/// Quantised weights on any device: blocks of their rows are made float32 by torch's own operators and multiplied. Rows' last bits may depend on how many there
/// are.
/// </summary>
internal sealed class DequantisingKernel : ILinearKernel
{
    /// <summary>Weights made whole at a time: 64 MB.</summary>
    private const int ElementsAtATime = 1 << 24;

    private readonly (DeviceWeight Weight, Tensor? Order)[] _weights;
    private readonly Tensor? _bias;

    /// <summary>Copies the weights to a device and takes over the bias.</summary>
    /// <param name="weights">Each with its rows in the order of the outputs, or null: as they are.</param>
    /// <param name="bias">[outputs], or null.</param>
    /// <param name="device">Where they are to lie.</param>
    public DequantisingKernel(IEnumerable<(QuantisedWeight Weight, IReadOnlyList<int>? Order)> weights, Tensor? bias, Device device)
    {
        _weights =
        [
            .. weights.Select(weight => (
                weight.Weight.To(device),
                weight.Order is null ? null : tensor(weight.Order.Select(row => (long)row).ToArray(), device: device).DetachFromDisposeScope())),
        ];
        _bias = bias;
    }

    public string Name => $"{_weights[0].Weight.Name}, computed in float32 by torch's operators";

    public Tensor Forward(Tensor rows)
    {
        using var scope = NewDisposeScope();
        var results = new List<Tensor>();
        foreach (var (weight, order) in _weights)
        {
            var before = results.Count;
            var step = Math.Max(1, ElementsAtATime / weight.Columns / weight.RowStep) * weight.RowStep;
            for (var first = 0; first < weight.Rows; first += step)
            {
                using var part = weight.Dequantise(first, Math.Min(step, weight.Rows - first));
                results.Add(nn.functional.linear(rows, part));
            }

            if (order is not null)
            {
                var sorted = cat(results[before..], 1).index_select(1, order);
                results.RemoveRange(before, results.Count - before);
                results.Add(sorted);
            }
        }

        var result = results.Count == 1 ? results[0] : cat(results, 1);
        return (_bias is null ? result : Ops.AddInPlace(result, _bias)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var (weight, order) in _weights)
        {
            weight.Dispose();
            order?.Dispose();
        }

        _bias?.Dispose();
    }
}
