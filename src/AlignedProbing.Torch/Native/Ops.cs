
// The one file that may call TorchSharp's operators that take a Scalar: each keeps its Scalars and tensors alive until libtorch has returned.
#pragma warning disable RS0030
using TorchSharp;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Native;

/// <summary>
/// The tensor operators that are not safe to call as TorchSharp offers them. Its <c>a + b</c> and <c>a.add(b)</c> make a temporary Scalar which the finalizer
/// thread can free while libtorch still reads it, and its <c>matmul</c> ends the process on wrong shapes. Operators without a Scalar (<c>mul</c> and <c>div</c>
/// by a tensor, <c>view</c>, <c>softmax</c>, <c>mm</c>, <c>bmm</c>, <c>nn.functional.linear</c> ...) are safe within a scope and are called directly. Results
/// belong to the caller's scope; arguments are never disposed of.
/// </summary>
public static class Ops
{
    /// <summary>a + b, broadcast; result dtype as libtorch promotes.</summary>
    public static Tensor Add(Tensor left, Tensor right)
    {
        using var one = 1L.ToScalar();
        return Keep(left.add(right, one), left, right);
    }

    /// <summary>a + scale * b, broadcast.</summary>
    public static Tensor AddScaled(Tensor left, Tensor right, double scale)
    {
        using var factor = scale.ToScalar();
        return Keep(left.add(right, factor), left, right);
    }

    /// <summary>a + value.</summary>
    public static Tensor Add(Tensor tensor, double value)
    {
        using var addend = value.ToScalar();
        using var one = 1L.ToScalar();
        return Keep(tensor.add(addend, one), tensor);
    }

    /// <summary>a += b in place; returns a.</summary>
    public static Tensor AddInPlace(Tensor target, Tensor addend)
    {
        using var one = 1L.ToScalar();
        return Keep(target.add_(addend, one), target, addend);
    }

    /// <summary>a += scale * b in place; returns a.</summary>
    public static Tensor AddScaledInPlace(Tensor target, Tensor addend, double scale)
    {
        using var factor = scale.ToScalar();
        return Keep(target.add_(addend, factor), target, addend);
    }

    /// <summary>a - b, broadcast.</summary>
    public static Tensor Subtract(Tensor left, Tensor right) => AddScaled(left, right, -1);

    /// <summary>factor * a; the dtype stays for floating-point tensors.</summary>
    public static Tensor Scale(Tensor tensor, double factor)
    {
        using var scalar = factor.ToScalar();
        return Keep(tensor.mul(scalar), tensor);
    }

    /// <summary>a *= factor in place; returns a.</summary>
    public static Tensor ScaleInPlace(Tensor tensor, double factor)
    {
        using var scalar = factor.ToScalar();
        return Keep(tensor.mul_(scalar), tensor);
    }

    /// <summary>a / divisor.</summary>
    public static Tensor Divide(Tensor tensor, double divisor)
    {
        using var scalar = divisor.ToScalar();
        return Keep(tensor.div(scalar), tensor);
    }

    /// <summary>a to a power.</summary>
    public static Tensor Power(Tensor tensor, double exponent)
    {
        using var scalar = exponent.ToScalar();
        return Keep(tensor.pow(scalar), tensor);
    }

    /// <summary>Each element held within [low, high].</summary>
    public static Tensor Clamp(Tensor tensor, double low, double high)
    {
        using var minimum = low.ToScalar();
        using var maximum = high.ToScalar();
        return Keep(tensor.clamp(minimum, maximum), tensor);
    }

    /// <summary>value where mask (bool, broadcastable) is true, else a.</summary>
    public static Tensor MaskedFill(Tensor tensor, Tensor mask, double value)
    {
        using var scalar = value.ToScalar();
        return Keep(tensor.masked_fill(mask, scalar), tensor, mask);
    }

    /// <summary>Sets every element in place; returns a.</summary>
    public static Tensor FillInPlace(Tensor tensor, double value)
    {
        using var scalar = value.ToScalar();
        return Keep(tensor.fill_(scalar), tensor);
    }

    /// <summary>A new tensor with one value everywhere.</summary>
    public static Tensor Full(ReadOnlySpan<long> shape, double value, ScalarType type, Device? device = null)
    {
        TorchRuntime.EnsureLoaded();
        using var scalar = value.ToScalar();
        return full(shape, scalar, type, device);
    }

    /// <summary>int64 numbers start, start + step, ... up to and without stop.</summary>
    public static Tensor Range(long start, long stop, long step = 1, Device? device = null)
    {
        TorchRuntime.EnsureLoaded();
        using var first = start.ToScalar();
        using var last = stop.ToScalar();
        using var stride = step.ToScalar();
        return arange(first, last, stride, ScalarType.Int64, device);
    }

    /// <summary>a &lt; value, as bool.</summary>
    public static Tensor LessThan(Tensor tensor, double value)
    {
        using var scalar = value.ToScalar();
        return Keep(tensor.lt(scalar), tensor);
    }

    /// <summary>a == value, as bool.</summary>
    public static Tensor EqualTo(Tensor tensor, long value)
    {
        using var scalar = value.ToScalar();
        return Keep(tensor.eq(scalar), tensor);
    }

    /// <summary>Some rows of a tensor [rows, ...], in any order, on one device with it.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="rows">Which, int64 [count].</param>
    public static Tensor Rows(Tensor tensor, Tensor rows)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentNullException.ThrowIfNull(rows);
        // Of its operators that passes use, this is the one of which libtorch has no form for shapes without numbers (the device meta).
        return tensor.device_type != TorchSharp.DeviceType.META ? tensor.index_select(0, rows)
            : rows.device_type == TorchSharp.DeviceType.META ? empty([rows.size(0), .. tensor.shape[1..]], tensor.dtype, tensor.device)
            : throw new ArgumentException("Rows of one device are asked for by numbers of another.", nameof(rows));
    }

    /// <summary>Product of matrices [n, k] and [k, m], or of batches [b, n, k] and [b, k, m].</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor MatrixProduct(Tensor left, Tensor right)
    {
        var rank = left.dim();
        return rank == right.dim() && rank is 2 or 3 && left.size(-1) == right.size(-2) && (rank == 2 || left.size(0) == right.size(0))
            ? Keep(rank == 2 ? left.mm(right) : left.bmm(right), left, right)
            : throw new ArgumentException($"Matrices [{string.Join(", ", left.shape)}] and [{string.Join(", ", right.shape)}] have no product.", nameof(right));
    }

    /// <summary>x / sqrt(mean(x^2) + epsilon) * weight over the last dimension, computed in float32 as PyTorch's rms_norm does.</summary>
    /// <param name="tensor">[..., width].</param>
    /// <param name="weight">[width], or null for none.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    public static Tensor RootMeanSquareNorm(Tensor tensor, Tensor? weight, double epsilon)
    {
        using var scope = NewDisposeScope();
        var wide = tensor.to(ScalarType.Float32);
        var scale = Add(wide.mul(wide).mean([-1], keepdim: true), epsilon).rsqrt();
        var normed = wide.mul(scale).to(tensor.dtype);
        return Keep(weight is null ? normed : normed.mul(weight), tensor, weight).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Whether two tensors have the same dtype, shape and elements (NaN equals nothing). TorchSharp's <c>a.equal(b)</c> compares element by element instead.
    /// </summary>
    public static bool Same(Tensor left, Tensor right)
    {
        if (left.dtype != right.dtype || !left.shape.AsSpan().SequenceEqual(right.shape))
        {
            return false;
        }

        using var scope = NewDisposeScope();
        return left.eq(right).all().item<bool>();
    }

    private static Tensor Keep(Tensor result, Tensor first, Tensor? second = null)
    {
        GC.KeepAlive(first);
        GC.KeepAlive(second);
        return result;
    }
}
