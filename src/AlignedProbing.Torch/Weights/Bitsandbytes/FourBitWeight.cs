using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights.Panels;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace AlignedProbing.Torch.Weights.Bitsandbytes;

/// <summary>
/// A weight in four bits: row by row one long sequence of numbers, cut into blocks, each with its largest absolute value and codes from 0 to 15 for parts of it
/// (NF4). The largest values may be quantised in turn (double quantization). Source: Dettmers et al. 2023, "QLoRA"; bytes as bitsandbytes' load_in_4bit makes
/// them, second level by its exact nearest codes.
/// </summary>
public sealed unsafe class FourBitWeight : QuantisedWeight
{
    /// <summary>Weights that share a largest value.</summary>
    internal const int DefaultBlock = 64;

    /// <summary>Largest values that share a scale of their own.</summary>
    internal const int DefaultNestedBlock = 256;

    /// <summary>Takes over tensors, in CPU memory.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="codes">uint8 [(rows * columns + 1) / 2].</param>
    /// <param name="largest">[blocks], uint8 or float32.</param>
    public FourBitWeight(int rows, int columns, Tensor codes, Tensor largest)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentNullException.ThrowIfNull(largest);
        (Rows, Columns, Codes, Largest) = (rows, columns, codes.DetachFromDisposeScope(), largest.DetachFromDisposeScope());
    }

    /// <inheritdoc/>
    public override int Rows { get; }

    /// <inheritdoc/>
    public override int Columns { get; }

    /// <summary>Weights in a block: a power of two, at least 64 (the default).</summary>
    public int Block { get; init; } = DefaultBlock;

    /// <summary>uint8 [(rows * columns + 1) / 2]: two codes a byte, the first in the high half.</summary>
    public Tensor Codes { get; }

    /// <summary>Of each block: uint8, a code into <see cref="NestedMap"/>; or float32, the largest value itself.</summary>
    public Tensor Largest { get; }

    /// <summary>The 16 values that codes stand for.</summary>
    public IReadOnlyList<float> Map { get; init; } = FourBitCode.Normal;

    /// <summary>Of each group of blocks, what the values of <see cref="NestedMap"/> are multiplied by.</summary>
    public IReadOnlyList<float> NestedLargest { get; init; } = [];

    /// <summary>The 256 values that codes of <see cref="Largest"/> stand for.</summary>
    public IReadOnlyList<float> NestedMap { get; init; } = FourBitCode.Dynamic;

    /// <summary>Blocks in a group: a power of two; 256 by default.</summary>
    public int NestedBlock { get; init; } = DefaultNestedBlock;

    /// <summary>What is added to each largest value: their mean before they were quantised.</summary>
    public float NestedOffset { get; init; }

    /// <summary>Number of blocks, the last one perhaps shorter.</summary>
    internal long Blocks => (((long)Rows * Columns) + Block - 1) / Block;

    /// <summary>Quantises a weight with double quantization.</summary>
    /// <param name="weight">[rows, columns], any floating-point type; only read, in float32.</param>
    /// <exception cref="InputException"><c>weights-not-finite</c>: it holds NaN or infinity.</exception>
    public static FourBitWeight Quantise(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var source = new WeightRows(weight);
        var count = (long)source.Rows * source.Columns;
        var blocks = (count + DefaultBlock - 1) / DefaultBlock;
        var codes = empty([(count + 1) / 2], ScalarType.Byte).DetachFromDisposeScope();
        var quantised = empty([blocks], ScalarType.Byte).DetachFromDisposeScope();
        using var exact = empty([blocks], ScalarType.Float32).DetachFromDisposeScope();
        try
        {
            QuantiseBlocks(source, count, (nint)TensorMemory.Pointer<byte>(codes), (nint)TensorMemory.Pointer<float>(exact));
            var (nested, offset) = QuantiseLargest(
                new Span<float>(TensorMemory.Pointer<float>(exact), checked((int)blocks)),
                new Span<byte>(TensorMemory.Pointer<byte>(quantised), (int)blocks));
            return new FourBitWeight(source.Rows, source.Columns, codes, quantised) { NestedLargest = nested, NestedOffset = offset };
        }
        catch
        {
            codes.Dispose();
            quantised.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override Tensor Dequantise()
    {
        var result = empty([Rows, Columns], ScalarType.Float32);
        var (from, to) = ((nint)TensorMemory.Pointer<byte>(Codes), (nint)TensorMemory.Pointer<float>(result));
        var scales = Scales();
        float[] map = [.. Map];
        var count = (long)Rows * Columns;
        ParallelRows.For(
            scales.Length,
            (first, end) =>
            {
                for (var i = (long)first * Block; i < Math.Min((long)end * Block, count); i++)
                {
                    var pair = ((byte*)from)[i / 2];
                    ((float*)to)[i] = map[i % 2 == 0 ? pair >> 4 : pair & 15] * scales[i / Block];
                }
            },
            grain: 64);
        GC.KeepAlive(this);
        return result;
    }

    /// <inheritdoc/>
    internal override PanelWeight ToPanels(IReadOnlyList<int>? order = null) => new FourBitPanels(this, order);

    /// <inheritdoc/>
    internal override DeviceWeight To(Device device) => new FourBitOnDevice(this, device);

    /// <summary>The largest value of each block, as it is multiplied by.</summary>
    internal float[] Scales()
    {
        if (Largest.dtype == ScalarType.Float32)
        {
            return new Span<float>(TensorMemory.Pointer<float>(Largest), checked((int)Blocks)).ToArray();
        }

        var codes = new ReadOnlySpan<byte>(TensorMemory.Pointer<byte>(Largest), checked((int)Blocks));
        var scales = new float[codes.Length];
        float[] map = [.. NestedMap];
        float[] nested = [.. NestedLargest];
        for (var i = 0; i < scales.Length; i++)
        {
            scales[i] = (map[codes[i]] * nested[i / NestedBlock]) + NestedOffset;
        }

        GC.KeepAlive(this);
        return scales;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Codes.Dispose();
        Largest.Dispose();
    }

    private static void QuantiseBlocks(WeightRows source, long count, nint codes, nint largest) => ParallelRows.For(
        checked((int)((count + DefaultBlock - 1) / DefaultBlock)),
        (first, end) =>
        {
            Span<float> values = stackalloc float[DefaultBlock];
            Span<byte> block = stackalloc byte[DefaultBlock];
            for (var i = first; i < end; i++)
            {
                var start = (long)i * DefaultBlock;
                var length = (int)Math.Min(DefaultBlock, count - start);
                source.Read(start, values[..length]);
                var most = MathF.Abs(TensorPrimitives.MaxMagnitude<float>(values[..length]));
                if (!float.IsFinite(most))
                {
                    throw QuantisationErrors.NotFinite();
                }

                ((float*)largest)[i] = most;
                FourBitCode.Nearest(values[..length], most, block);
                block[length..].Clear();
                var to = (byte*)codes + (start / 2);
                for (var pair = 0; pair < (length + 1) / 2; pair++)
                {
                    to[pair] = (byte)((block[2 * pair] << 4) | block[(2 * pair) + 1]);
                }
            }
        },
        grain: 256);

    private static (float[] Nested, float Offset) QuantiseLargest(Span<float> largest, Span<byte> codes)
    {
        // In float64, so that the mean does not depend on the order of the sum.
        var sum = 0.0;
        foreach (var value in largest)
        {
            sum += value;
        }

        var offset = (float)(sum / largest.Length);
        var nested = new float[(largest.Length + DefaultNestedBlock - 1) / DefaultNestedBlock];
        for (var i = 0; i < largest.Length; i++)
        {
            largest[i] -= offset;
            nested[i / DefaultNestedBlock] = MathF.Max(nested[i / DefaultNestedBlock], MathF.Abs(largest[i]));
        }

        for (var i = 0; i < largest.Length; i++)
        {
            codes[i] = FourBitCode.NearestDynamic(Math.Clamp(largest[i] * (1 / MathF.Max(nested[i / DefaultNestedBlock], 1e-38f)), -1f, 1f));
        }

        return (nested, offset);
    }
}
