using AlignedProbing.Torch.Weights.Panels;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights.Grouped;

/// <summary>
/// A weight of codes of four or eight bits, the columns of each row in groups: a number is (value of its code - zero of its group) * scale of its group.
/// GPTQ, AWQ, compressed-tensors, FP8 in blocks and MXFP4 all come to this; they differ in how they pack it.
/// </summary>
public sealed class GroupedWeight : QuantisedWeight
{
    /// <summary>Takes over tensors, in CPU memory, contiguous.</summary>
    /// <param name="name">What it is, for reports.</param>
    /// <param name="kind">What codes stand for.</param>
    /// <param name="codes">uint8 [rows, columns], one code each.</param>
    /// <param name="scales">float16, bfloat16 or float32 [rows, groups].</param>
    /// <param name="groups">The group of each column, from 0.</param>
    /// <exception cref="ArgumentException">They do not fit each other.</exception>
    public GroupedWeight(string name, CodeKind kind, Tensor codes, Tensor scales, IReadOnlyList<int> groups)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentNullException.ThrowIfNull(scales);
        ArgumentNullException.ThrowIfNull(groups);
        var fits = codes.dim() == 2
            && codes.dtype == ScalarType.Byte
            && scales.dim() == 2
            && scales.size(0) == codes.size(0)
            && groups.Count == codes.size(1)
            && groups.All(group => group >= 0 && group < scales.size(1));
        if (!fits)
        {
            throw new ArgumentException("Codes are uint8 [rows, columns], scales [rows, groups], and each column has a group.", nameof(codes));
        }

        (Name, Kind, Groups) = (name, kind, [.. groups]);
        (Codes, Scales) = (codes.contiguous().DetachFromDisposeScope(), scales.contiguous().DetachFromDisposeScope());
    }

    /// <summary>What it is, for reports: <c>gptq int4</c>.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public override int Rows => (int)Codes.size(0);

    /// <inheritdoc/>
    public override int Columns => (int)Codes.size(1);

    /// <summary>What codes stand for.</summary>
    public CodeKind Kind { get; }

    /// <summary>uint8 [rows, columns].</summary>
    public Tensor Codes { get; }

    /// <summary>[rows, groups].</summary>
    public Tensor Scales { get; }

    /// <summary>uint8 [rows, groups], subtracted from the values; null where all are alike (<see cref="Offset"/>).</summary>
    public Tensor? Zeros { get; init; }

    /// <summary>What is subtracted from every value: 8 where four bits mean -8 to 7.</summary>
    public int Offset { get; init; }

    /// <summary>The group of each column.</summary>
    internal int[] Groups { get; }

    /// <inheritdoc/>
    public override Tensor Dequantise()
    {
        using var device = new GroupedOnDevice(this, CPU);
        return device.Dequantise(0, Rows);
    }

    /// <inheritdoc/>
    internal override PanelWeight ToPanels(IReadOnlyList<int>? order = null) => new GroupedPanels(this, order);

    /// <inheritdoc/>
    internal override DeviceWeight To(Device device) => new GroupedOnDevice(this, device);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Codes.Dispose();
        Scales.Dispose();
        Zeros?.Dispose();
    }
}
