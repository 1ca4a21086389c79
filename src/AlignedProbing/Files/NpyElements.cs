using System.Numerics;
using System.Runtime.InteropServices;

namespace AlignedProbing.Files;

/// <summary>Elements of .npy files, of any kind that is read, as float32 or as 64-bit whole numbers.</summary>
internal static class NpyElements
{
    /// <summary>Turns elements around whose most significant byte comes first.</summary>
    public static void SwapBytes(Span<byte> elements, int size)
    {
        for (var i = 0; size > 1 && i < elements.Length; i += size)
        {
            elements.Slice(i, size).Reverse();
        }
    }

    /// <summary>Little-endian elements as float32, rounded to the nearest where they need to be.</summary>
    /// <param name="kind"><c>f2</c>, <c>i8</c>, <c>b1</c> and so on.</param>
    /// <param name="elements">As many as there is room for.</param>
    /// <param name="values">Where to.</param>
    public static void ToFloats(string kind, ReadOnlySpan<byte> elements, Span<float> values)
    {
        switch (kind)
        {
            case "f2":
                System.Numerics.Tensors.TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(elements), values);
                break;
            case "f4":
                elements.CopyTo(MemoryMarshal.AsBytes(values));
                break;
            case "f8":
                Convert<double, float>(elements, values);
                break;
            default:
                ToNumbers(kind, elements, values);
                break;
        }
    }

    /// <summary>Little-endian whole numbers or booleans (0 or 1) as 64-bit numbers.</summary>
    /// <exception cref="OverflowException">One is beyond 2^63.</exception>
    public static void ToIntegers(string kind, ReadOnlySpan<byte> elements, Span<long> values) => ToNumbers(kind, elements, values);

    private static void ToNumbers<T>(string kind, ReadOnlySpan<byte> elements, Span<T> values)
        where T : INumber<T>
    {
        switch (kind)
        {
            case "b1":
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = elements[i] == 0 ? T.Zero : T.One;
                }

                break;
            case "i1":
                Convert<sbyte, T>(elements, values);
                break;
            case "u1":
                Convert<byte, T>(elements, values);
                break;
            case "i2":
                Convert<short, T>(elements, values);
                break;
            case "u2":
                Convert<ushort, T>(elements, values);
                break;
            case "i4":
                Convert<int, T>(elements, values);
                break;
            case "u4":
                Convert<uint, T>(elements, values);
                break;
            case "i8":
                Convert<long, T>(elements, values);
                break;
            default:
                Convert<ulong, T>(elements, values);
                break;
        }
    }

    private static void Convert<TFrom, TTo>(ReadOnlySpan<byte> elements, Span<TTo> values)
        where TFrom : unmanaged, INumber<TFrom>
        where TTo : INumber<TTo>
    {
        var from = MemoryMarshal.Cast<byte, TFrom>(elements);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = TTo.CreateChecked(from[i]);
        }
    }
}
