using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights;

/// <summary>
/// A weight rearranged once into the order in which the processor reads it (oneDNN's blocked format), through the operators that PyTorch's compiler uses.
/// Faster than the plain layer, most of all for few rows. In bfloat16 a row's result is the same to the bit whatever the number of rows and threads
/// (docs/reference/numerics.md).
/// </summary>
internal sealed unsafe class PackedKernel : ILinearKernel
{
    /// <summary>The number of rows the order of the weight is chosen for: that of a decoding step, 4 prompts with 25 continuations.</summary>
    private const long ExpectedRows = 100;

    private static readonly Lazy<bool> Works = new(Try);

    private readonly ScalarType _type;
    private readonly Tensor _weight;
    private readonly Tensor? _bias;

    /// <summary>Packs a weight; it and the bias stay the caller's.</summary>
    /// <param name="weight">[out, in], float32 or bfloat16, in CPU memory.</param>
    /// <param name="bias">[out] of the same type, or null.</param>
    public PackedKernel(Tensor weight, Tensor? bias)
    {
        _type = weight.dtype;
        using var whole = weight.contiguous();
        _weight = Dispatcher.Call("mkldnn::_reorder_linear_weight", "", whole, OperatorArgument.Optional(ExpectedRows)).DetachFromDisposeScope();
        _bias = bias?.clone().DetachFromDisposeScope();
    }

    /// <summary>Whether this libtorch has the operators; Apple's has not.</summary>
    public static bool Available => Works.Value;

    public string Name => $"{_type.ToString().ToLowerInvariant()}, packed";

    /// <summary>Whether it multiplies, and gives, bfloat16.</summary>
    public bool IsNarrow => _type == ScalarType.BFloat16;

    public Tensor Forward(Tensor rows)
    {
        if (!IsNarrow)
        {
            return Multiply(rows);
        }

        using var result = ForwardNarrow(rows);
        return BFloat16.Widen(result);
    }

    /// <summary>What <see cref="Forward"/> gives before it is widened; only where <see cref="IsNarrow"/>.</summary>
    /// <param name="rows">float32 or bfloat16.</param>
    public Tensor ForwardNarrow(Tensor rows)
    {
        using var given = rows.is_contiguous() ? null : rows.contiguous();
        using var narrow = rows.dtype == ScalarType.BFloat16 ? null : BFloat16.Narrow(given ?? rows);
        return Multiply(narrow ?? given ?? rows);
    }

    public void Dispose()
    {
        _weight.Dispose();
        _bias?.Dispose();
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
        nint result;
        var bias = _bias is null ? 0 : _bias.Handle;
        fixed (byte* none = "none"u8)
        {
            TensorMemory.Check(
                NativeMethods.PackedLinear(rows.Handle, _weight.Handle, _bias is null ? null : &bias, none, null, 0, null, &result),
                "mkldnn::_linear_pointwise");
        }

        GC.KeepAlive(rows);
        GC.KeepAlive(this);
        return Tensor.UnsafeCreateTensor(result);
    }
}
