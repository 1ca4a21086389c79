using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Native;

/// <summary>The memory beneath tensors, without copies.</summary>
public static unsafe class TensorMemory
{
    /// <summary>A tensor's elements, to read or write in place.</summary>
    /// <typeparam name="T">The element type; its size must be the tensor's (<c>Half</c> for float16, <c>ushort</c> for the bits of bfloat16).</typeparam>
    /// <param name="tensor">Contiguous and in CPU memory, any shape, under 2^31 elements. The span is valid only while the tensor is alive: keep it in a scope
    /// or call <see cref="GC.KeepAlive"/>.</param>
    /// <exception cref="ArgumentException">The tensor is elsewhere, not contiguous, or of another element size.</exception>
    public static Span<T> Span<T>(Tensor tensor)
        where T : unmanaged
    {
        if (tensor.device_type != TorchSharp.DeviceType.CPU || !tensor.is_contiguous())
        {
            throw new ArgumentException("Only a contiguous tensor in CPU memory can be read in place: call cpu() and contiguous() first.", nameof(tensor));
        }

        if (tensor.ElementSize != sizeof(T))
        {
            throw new ArgumentException(
                $"The tensor's elements ({tensor.dtype}) have {tensor.ElementSize} bytes and {typeof(T).Name} has {sizeof(T)}.",
                nameof(tensor));
        }

        void* data;
        Check(NativeMethods.GetDataPointer(tensor.Handle, &data), "data_ptr");
        return new Span<T>(data, checked((int)tensor.NumberOfElements));
    }

    /// <summary>A tensor's first element, for tensors of any length.</summary>
    /// <typeparam name="T">The element type; its size must be the tensor's.</typeparam>
    /// <param name="tensor">Contiguous and in CPU memory. The pointer is valid only while the tensor is alive.</param>
    /// <exception cref="ArgumentException">The tensor is elsewhere, not contiguous, or of another element size.</exception>
    internal static T* Pointer<T>(Tensor tensor)
        where T : unmanaged
    {
        if (tensor.device_type != TorchSharp.DeviceType.CPU || !tensor.is_contiguous() || tensor.ElementSize != sizeof(T))
        {
            throw new ArgumentException(
                $"A contiguous tensor in CPU memory with elements of {sizeof(T)} bytes is expected, and this is {tensor.dtype} on {tensor.device}.",
                nameof(tensor));
        }

        void* data;
        Check(NativeMethods.GetDataPointer(tensor.Handle, &data), "data_ptr");
        return (T*)data;
    }

    /// <summary>A tensor over memory that someone else owns, which must outlive it and every view of it.</summary>
    /// <param name="data">First element, aligned to the element's size.</param>
    /// <param name="type">How the elements are stored.</param>
    /// <param name="shape">Sizes, slowest first; contiguous.</param>
    public static Tensor Wrap(void* data, ScalarType type, params ReadOnlySpan<long> shape)
    {
        TorchRuntime.EnsureLoaded();
        fixed (long* sizes = shape)
        {
            var handle = NativeMethods.WrapMemory(data, 0, sizes, shape.Length, (sbyte)type, (sbyte)type, 0, -1, 0);
            return handle != 0 ? Tensor.UnsafeCreateTensor(handle) : throw new InvalidOperationException("libtorch did not wrap the memory.");
        }
    }

    /// <summary>Turns libtorch's error flag into an exception.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Check(int error, string what)
    {
        if (error != 0)
        {
            Fail(what);
        }
    }

    private static void Fail(string what) => throw new InvalidOperationException($"libtorch refused {what}; it wrote the reason to standard error.");
}
