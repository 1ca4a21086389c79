using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Precision;

/// <summary>
/// A weight rearranged once into the order in which the processor reads it (oneDNN's blocked format), through the operators that PyTorch's compiler uses. Faster than the plain
/// layer, most of all for few rows, and a row's result is the same to the bit whatever the number of rows and threads (docs/numerics.md).
/// </summary>
internal sealed unsafe class PackedKernel : ILinearKernel
{
    /// <summary>The number of rows the order of the weight is chosen for: that of a decoding step, 4 prompts with 25 continuations.</summary>
    private const long ExpectedRows = 100;

    /// <summary>
    /// float32 products over longer rows may be divided among threads along the row, by the number of rows and threads, and then their sums differ in the last bit. Up to this length oneDNN
    /// never does so (docs/numerics.md shows the measurement); longer rows are cut into parts whose products are added in order.
    /// </summary>
    private const long LongestWhole = 1024;

    /// <summary>
    /// The length of those parts. In one long chain the thousandfold values that models without a beginning of text give their first token cost the small values beside them three digits
    /// (2.5e-4 of a pooled state of SmolLM2); in parts of this length the error is that of PyTorch's own products (9e-5).
    /// </summary>
    private const long PartLength = 192;

    private static readonly Lazy<bool> Works = new(Try);

    private readonly ScalarType _type;
    private readonly (Tensor Weight, long Start, long Length)[] _parts;
    private readonly Tensor? _bias;

    /// <summary>Packs a weight; it and the bias stay the caller's.</summary>
    /// <param name="weight">[out, in], float32 or bfloat16, in CPU memory.</param>
    /// <param name="bias">[out] of the same type, or null.</param>
    public PackedKernel(Tensor weight, Tensor? bias)
    {
        _type = weight.dtype;
        _parts = [.. Cut(weight.size(1), _type).Select(part => (Pack(weight, part.Start, part.Length), part.Start, part.Length))];
        _bias = bias?.clone().DetachFromDisposeScope();
    }

    /// <summary>Whether this libtorch has the operators; Apple's has not.</summary>
    public static bool Available => Works.Value;

    public string Name => $"{_type.ToString().ToLowerInvariant()}, packed";

    public Tensor Forward(Tensor rows)
    {
        if (_type == ScalarType.Float32)
        {
            return Multiply(rows);
        }

        using var narrow = rows.to(_type);
        using var result = Multiply(narrow);
        return result.to(ScalarType.Float32);
    }

    public void Dispose()
    {
        Array.ForEach(_parts, part => part.Weight.Dispose());
        _bias?.Dispose();
    }

    /// <summary>The parts that rows of a length are cut into: as few as may be, and nearly equal.</summary>
    internal static IEnumerable<(long Start, long Length)> Cut(long length, ScalarType type)
    {
        var size = type == ScalarType.Float32 && length > LongestWhole ? PartLength : length;
        for (var start = 0L; start < length; start += size)
        {
            yield return (start, Math.Min(size, length - start));
        }
    }

    private static Tensor Pack(Tensor weight, long start, long length)
    {
        using var part = weight.narrow(1, start, length);
        using var whole = part.contiguous();
        return Dispatcher.Call("mkldnn::_reorder_linear_weight", "", whole, OperatorArgument.Optional(ExpectedRows)).DetachFromDisposeScope();
    }

    private static bool Try()
    {
        if (!NativeMethods.HasPackedLinear())
        {
            return false;
        }

        using var scope = NewDisposeScope();
        var (weight, rows) = (ones(3, 8), ones(2, 8));
        using var kernel = new PackedKernel(weight, null);
        return Ops.Same(kernel.Forward(rows), nn.functional.linear(rows, weight));
    }

    private Tensor Multiply(Tensor rows)
    {
        if (_parts.Length == 1)
        {
            return MultiplyPart(rows, _parts[0].Weight, null);
        }

        Tensor? sum = null;
        foreach (var (weight, start, length) in _parts)
        {
            using var part = rows.narrow(1, start, length);
            using var before = sum;
            sum = MultiplyPart(part, weight, before);
        }

        return sum!;
    }

    /// <summary>x W^T + b for the first part, x W^T + what came before for the others.</summary>
    private Tensor MultiplyPart(Tensor rows, Tensor weight, Tensor? before)
    {
        nint result;
        if (before is null)
        {
            var bias = _bias is null ? 0 : _bias.Handle;
            fixed (byte* none = "none"u8)
            {
                TensorMemory.Check(NativeMethods.PackedLinear(rows.Handle, weight.Handle, _bias is null ? null : &bias, none, null, 0, null, &result), "mkldnn::_linear_pointwise");
            }
        }
        else
        {
            fixed (byte* add = "add"u8)
            {
                TensorMemory.Check(NativeMethods.PackedLinearWith(rows.Handle, before.Handle, weight.Handle, null, add, &result), "mkldnn::_linear_pointwise.binary");
            }

            GC.KeepAlive(before);
        }

        GC.KeepAlive(rows);
        GC.KeepAlive(this);
        return Tensor.UnsafeCreateTensor(result);
    }
}
