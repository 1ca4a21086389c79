using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights;

/// <summary>One of the weights that a layer multiplies by at once. It is only read: what it points to stays the caller's.</summary>
public sealed record LinearPart
{
    /// <summary>[outputs, inputs], any floating-point type; null where <see cref="Quantised"/> is given.</summary>
    public Tensor? Weight { get; init; }

    /// <summary>The weight where it is quantised already.</summary>
    public QuantisedWeight? Quantised { get; init; }

    /// <summary>[outputs], or null.</summary>
    public Tensor? Bias { get; init; }

    /// <summary>
    /// Order of the outputs: output i of the layer is row Order[i] of weight, bias and branch. Null: as they are. Weights are quantised in the order they are
    /// stored in.
    /// </summary>
    public IReadOnlyList<int>? Order { get; init; }

    /// <summary>What is added beside the weight: an adapter of a quantised layer. Null for none.</summary>
    public LowRankBranch? Branch { get; init; }

    internal int Outputs => Quantised?.Rows ?? (int)Weight!.size(0);

    internal int Inputs => Quantised?.Columns ?? (int)Weight!.size(1);

    /// <summary>Rows in the order of the outputs.</summary>
    internal Tensor Sorted(Tensor rows)
    {
        if (Order is null)
        {
            return rows;
        }

        using var order = tensor(Order.Select(row => (long)row).ToArray(), device: rows.device);
        return rows.index_select(0, order);
    }
}
