using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights.Panels;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace AlignedProbing.Torch.Weights.Bitsandbytes;

/// <summary>
/// A weight in eight bits: each row's largest absolute value, and whole numbers from -127 to 127 that say which part of it. Source: Dettmers et al. 2022,
/// "LLM.int8()"; numbers as bitsandbytes makes them (its CB and SCB).
/// </summary>
public sealed unsafe class EightBitWeight : QuantisedWeight
{
    /// <summary>What a code times its row's largest value is multiplied by: bitsandbytes' float32 for 1/127.</summary>
    internal const float Step = 0.007874015718698502f;

    /// <summary>Takes over codes and largest values.</summary>
    /// <param name="codes">int8 [rows, columns], CPU memory, contiguous.</param>
    /// <param name="largest">float32 [rows], CPU memory, contiguous.</param>
    public EightBitWeight(Tensor codes, Tensor largest)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentNullException.ThrowIfNull(largest);
        if (codes.dim() != 2 || codes.dtype != ScalarType.Int8 || largest.dim() != 1 || largest.dtype != ScalarType.Float32 || largest.size(0) != codes.size(0))
        {
            throw new ArgumentException("Codes are int8 [rows, columns] and their largest values float32 [rows].", nameof(codes));
        }

        (Codes, Largest) = (codes.DetachFromDisposeScope(), largest.DetachFromDisposeScope());
    }

    /// <inheritdoc/>
    public override int Rows => (int)Codes.size(0);

    /// <inheritdoc/>
    public override int Columns => (int)Codes.size(1);

    /// <summary>int8 [rows, columns].</summary>
    public Tensor Codes { get; }

    /// <summary>float32 [rows]: the largest absolute value of each row.</summary>
    public Tensor Largest { get; }

    /// <summary>Quantises a weight: rounded to float16 first, as bitsandbytes does, then each row by its largest absolute value, halves to even.</summary>
    /// <param name="weight">[rows, columns], any floating-point type; only read.</param>
    /// <exception cref="InputException"><c>weights-not-finite</c>: it holds NaN, or values beyond float16.</exception>
    public static EightBitWeight Quantise(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var source = new WeightRows(weight);
        var (rows, columns) = (source.Rows, source.Columns);
        var result = new EightBitWeight(empty([rows, columns], ScalarType.Int8), empty([rows], ScalarType.Float32));
        try
        {
            var (codes, largest) = ((nint)TensorMemory.Pointer<sbyte>(result.Codes), (nint)TensorMemory.Pointer<float>(result.Largest));
            ParallelRows.For(rows, (first, end) =>
            {
                var (values, halves) = (new float[columns], new Half[columns]);
                for (var row = first; row < end; row++)
                {
                    source.Read((long)row * columns, values);
                    TensorPrimitives.ConvertToHalf(values, halves);
                    TensorPrimitives.ConvertToSingle(halves, values);
                    ((float*)largest)[row] = Quantise(values, new Span<sbyte>((sbyte*)codes + ((nint)row * columns), columns));
                }
            });
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override Tensor Dequantise()
    {
        using var scope = NewDisposeScope();
        return Ops.Scale(Codes.to(ScalarType.Float32).mul(Largest.unsqueeze(1)), Step).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override PanelWeight ToPanels(IReadOnlyList<int>? order = null) => new EightBitPanels(this, order);

    /// <inheritdoc/>
    internal override DeviceWeight To(Device device) => new EightBitOnDevice(this, device);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Codes.Dispose();
        Largest.Dispose();
    }

    private static float Quantise(ReadOnlySpan<float> values, Span<sbyte> codes)
    {
        var largest = MathF.Abs(TensorPrimitives.MaxMagnitude(values));
        if (!float.IsFinite(largest))
        {
            throw QuantisationErrors.NotFinite();
        }

        if (largest == 0)
        {
            codes.Clear();
            return 0;
        }

        // The reciprocal first: a number divided by a tensor is rounded twice in PyTorch.
        var scale = 1 / largest * 127;
        for (var i = 0; i < values.Length; i++)
        {
            codes[i] = (sbyte)MathF.Round(values[i] * scale, MidpointRounding.ToEven);
        }

        return largest;
    }
}
