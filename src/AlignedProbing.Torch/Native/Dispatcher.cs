using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Native;

/// <summary>
/// Calls any of libtorch's operators by name, also those that TorchSharp does not have. Not for operators that take a Scalar or a string.
/// Source: torch/csrc/stable/c/shim.h.
/// </summary>
public static unsafe class Dispatcher
{
    /// <summary>Calls an operator that returns one tensor.</summary>
    /// <param name="name">Its name with its space, for example <c>aten::rms_norm</c>.</param>
    /// <param name="overload">Its overload's name, often empty.</param>
    /// <param name="arguments">All its arguments in the schema's order; none may be left out.</param>
    /// <returns>The result, owned by the caller's scope.</returns>
    /// <exception cref="InvalidOperationException">There is no such operator, or it refused its arguments.</exception>
    public static Tensor Call(string name, string overload, params ReadOnlySpan<OperatorArgument> arguments)
    {
        Span<byte> text =
            stackalloc byte[System.Text.Encoding.UTF8.GetMaxByteCount(name.Length) + System.Text.Encoding.UTF8.GetMaxByteCount(overload.Length) + 2];
        text.Clear();
        var start = System.Text.Encoding.UTF8.GetBytes(name, text) + 1;
        System.Text.Encoding.UTF8.GetBytes(overload, text[start..]);

        var stack = stackalloc ulong[Math.Max(arguments.Length, 1)];
        for (var i = 0; i < arguments.Length; i++)
        {
            stack[i] = arguments[i].ToSlot();
        }

        fixed (byte* at = text)
        {
            TensorMemory.Check(NativeMethods.CallDispatcher(at, at + start, stack), name);
        }

        foreach (var argument in arguments)
        {
            GC.KeepAlive(argument.Tensor);
        }

        return Tensor.UnsafeCreateTensor((nint)stack[0]);
    }
}

/// <summary>One argument of an operator called by name.</summary>
public readonly struct OperatorArgument
{
    private readonly ulong _bits;
    private readonly Kind _kind;

    private OperatorArgument(Kind kind, ulong bits, Tensor? tensor = null)
    {
        _kind = kind;
        _bits = bits;
        Tensor = tensor;
    }

    private enum Kind
    {
        Value,
        Optional,
    }

    /// <summary>No value for an optional argument.</summary>
    public static OperatorArgument None => new(Kind.Value, 0);

    internal Tensor? Tensor { get; }

    /// <summary>A tensor.</summary>
    public static implicit operator OperatorArgument(Tensor tensor) => new(Kind.Value, 0, tensor);

    /// <summary>An integer.</summary>
    public static implicit operator OperatorArgument(long value) => new(Kind.Value, (ulong)value);

    /// <summary>A floating-point number.</summary>
    public static implicit operator OperatorArgument(double value) => new(Kind.Value, BitConverter.DoubleToUInt64Bits(value));

    /// <summary>A truth value.</summary>
    public static implicit operator OperatorArgument(bool value) => new(Kind.Value, value ? 1UL : 0UL);

    /// <summary>A value for an optional argument.</summary>
    public static OperatorArgument Optional(OperatorArgument value) => new(Kind.Optional, value._bits, value.Tensor);

    /// <summary>An optional tensor: nothing where it is null.</summary>
    public static OperatorArgument OptionalTensor(Tensor? tensor) => tensor is null ? None : new(Kind.Optional, 0, tensor);

    /// <summary>The argument as the callee takes it over: tensors as a handle of its own, optional values in memory that it frees.</summary>
    internal unsafe ulong ToSlot()
    {
        var bits = _bits;
        if (Tensor is not null)
        {
            nint handle;
            TensorMemory.Check(NativeMethods.NewTensorHandle(Tensor.Handle, &handle), "a tensor handle");
            bits = (ulong)handle;
        }

        if (_kind != Kind.Optional)
        {
            return bits;
        }

        var slot = (ulong*)NativeMemory.Alloc(sizeof(ulong));
        *slot = bits;
        return (ulong)slot;
    }
}
