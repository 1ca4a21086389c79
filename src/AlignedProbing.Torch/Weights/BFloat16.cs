using System.Numerics;
using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights;

/// <summary>
/// Conversions between float32 and bfloat16 in CPU memory. What libtorch's own <c>to</c> does, in about half its time at the sizes of a decoding step: those
/// conversions were a fifth of what bfloat16 layers took (docs/reference/performance.md).
/// </summary>
internal static unsafe class BFloat16
{
    /// <summary>Elements worth a thread of their own: some 20 microseconds of work. Waking a thread that sleeps takes longer than to convert fewer.</summary>
    private const int ElementsAThread = 256 * 1024;

    /// <summary>Rounds to the nearest bfloat16, ties to even; NaN stays NaN.</summary>
    /// <param name="values">float32, contiguous.</param>
    /// <returns>The same shape, owned by the caller's scope.</returns>
    public static Tensor Narrow(Tensor values)
    {
        var result = empty(values.shape, ScalarType.BFloat16);
        var (from, to) = ((nint)TensorMemory.Pointer<float>(values), (nint)TensorMemory.Pointer<ushort>(result));
        ParallelRows.For(
            checked((int)values.NumberOfElements),
            (first, end) => Narrow((float*)from + first, (ushort*)to + first, end - first),
            ElementsAThread);
        GC.KeepAlive(values);
        return result;
    }

    /// <summary>Makes float32 of bfloat16, exactly.</summary>
    /// <param name="values">bfloat16, contiguous.</param>
    /// <returns>The same shape, owned by the caller's scope.</returns>
    public static Tensor Widen(Tensor values)
    {
        var result = LargeTensors.Empty(values.shape);
        var (from, to) = ((nint)TensorMemory.Pointer<ushort>(values), (nint)TensorMemory.Pointer<float>(result));
        ParallelRows.For(checked((int)values.NumberOfElements), (first, end) => Widen((ushort*)from + first, (float*)to + first, end - first), ElementsAThread);
        GC.KeepAlive(values);
        return result;
    }

    /// <summary>Rounds some numbers, as <see cref="Narrow(Tensor)"/> does.</summary>
    public static void Narrow(float* from, ushort* to, int count)
    {
        var i = 0;
        for (; i + Vector<ushort>.Count <= count; i += Vector<ushort>.Count)
        {
            Vector.Store(Vector.Narrow(Rounded(Vector.Load(from + i)), Rounded(Vector.Load(from + i + Vector<float>.Count))), to + i);
        }

        for (; i < count; i++)
        {
            to[i] = (ushort)Rounded(Vector.Create(from[i]))[0];
        }
    }

    /// <summary>The nearest bfloat16 of a number.</summary>
    public static float Nearest(float value) => BitConverter.UInt32BitsToSingle(Rounded(Vector.Create(value))[0] << 16);

    /// <summary>Half a unit of the last place is added, less one bit where that would round a tie up to odd.</summary>
    private static Vector<uint> Rounded(Vector<float> values)
    {
        var bits = Vector.AsVectorUInt32(values);
        var odd = Vector.ShiftRightLogical(bits, 16) & Vector<uint>.One;
        var rounded = Vector.ShiftRightLogical(bits + odd + Vector.Create(0x7FFFu), 16);
        return Vector.ConditionalSelect(Vector.Equals(values, values).As<int, uint>(), rounded, Vector.Create(0x7FC0u));
    }

    /// <summary>Makes float32 of some numbers.</summary>
    public static void Widen(ushort* from, float* to, int count)
    {
        var i = 0;
        for (; i + Vector<ushort>.Count <= count; i += Vector<ushort>.Count)
        {
            Vector.Widen(Vector.Load(from + i), out var low, out var high);
            Vector.Store(Vector.AsVectorSingle(Vector.ShiftLeft(low, 16)), to + i);
            Vector.Store(Vector.AsVectorSingle(Vector.ShiftLeft(high, 16)), to + i + Vector<float>.Count);
        }

        for (; i < count; i++)
        {
            to[i] = BitConverter.UInt32BitsToSingle((uint)from[i] << 16);
        }
    }
}
