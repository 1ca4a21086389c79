using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights;

/// <summary>The tensors that a quantised weight is stored in, checked before they are read.</summary>
internal static class StoredParts
{
    /// <summary>A tensor's number of elements.</summary>
    public static long Elements(StoredTensor tensor) => tensor.Shape.Aggregate(1L, static (product, size) => product * size);

    /// <summary>A tensor of a type, in CPU memory, contiguous; owned by the caller's scope.</summary>
    /// <exception cref="InputException"><c>quantised-checkpoint</c>: it is absent, or of another type or shape.</exception>
    public static Tensor Take(Checkpoint checkpoint, string layer, string part, ReadOnlySpan<ScalarType> types, params ReadOnlySpan<long> shape)
    {
        var stored = checkpoint.Find($"{layer}.{part}") ?? throw Broken(layer, $"it has no {part}");
        return stored.Type is { } type && types.Contains(type) && stored.Shape.SequenceEqual(shape.ToArray())
            ? checkpoint.Take(stored.Name, shape)
            : throw Broken(
                layer,
                $"its {part} is {stored.TypeName} [{string.Join(", ", stored.Shape)}], and {types[0]} [{string.Join(", ", shape.ToArray())}] is expected");
    }

    /// <summary>Scales, float16, bfloat16 or float32, all finite.</summary>
    /// <exception cref="InputException"><c>quantised-checkpoint</c>: as for <see cref="Take"/>; or one is NaN or infinite.</exception>
    public static Tensor Scales(Checkpoint checkpoint, string layer, string part, params ReadOnlySpan<long> shape)
    {
        var scales = Take(checkpoint, layer, part, [ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float32], shape);
        return scales.isfinite().all().item<bool>() ? scales : throw Broken(layer, $"its {part} holds NaN or infinity");
    }

    /// <summary>The bytes of a float8_e4m3fn weight [rows, columns], none of them NaN.</summary>
    /// <exception cref="InputException"><c>quantised-checkpoint</c>.</exception>
    public static Tensor Float8(Checkpoint checkpoint, string layer, int rows, int columns)
    {
        var stored = checkpoint.Find($"{layer}.weight")!;
        if (stored.TypeName != "F8_E4M3" || !stored.Shape.SequenceEqual([rows, columns]))
        {
            throw Broken(
                layer,
                $"its weight is {stored.TypeName} [{string.Join(", ", stored.Shape)}], and F8_E4M3 [{rows}, {columns}] is expected");
        }

        var bytes = checkpoint.TakeBytes(stored.Name, rows, columns);
        foreach (var code in TensorMemory.Span<byte>(bytes))
        {
            if ((code & 0x7F) == 0x7F)
            {
                throw Broken(layer, "its weight holds NaN");
            }
        }

        return bytes;
    }

    /// <summary>
    /// Whole numbers that are packed in 32-bit ones along the first axis, the first in the lowest bits: [n / (32 / bits), width] to [n, width].
    /// </summary>
    /// <param name="packed">int32, contiguous.</param>
    /// <param name="bits">4 or 8.</param>
    /// <returns>uint8 [n, width], owned by the caller's scope.</returns>
    public static unsafe Tensor UnpackRows(Tensor packed, int bits)
    {
        var (count, width, each) = ((int)packed.size(0), (int)packed.size(1), 32 / bits);
        var result = empty([(long)count * each, width], ScalarType.Byte);
        var (from, to, mask) = ((nint)TensorMemory.Pointer<int>(packed), (nint)TensorMemory.Pointer<byte>(result), (1u << bits) - 1);
        ParallelRows.For(count * each, (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                var words = (uint*)from + ((nint)(row / each) * width);
                var bytes = (byte*)to + ((nint)row * width);
                var shift = row % each * bits;
                for (var column = 0; column < width; column++)
                {
                    bytes[column] = (byte)((words[column] >> shift) & mask);
                }
            }
        });
        GC.KeepAlive(packed);
        return result;
    }

    /// <summary>Whole numbers that are packed along the last axis: [rows, n / (32 / bits)] to [rows, n].</summary>
    /// <param name="packed">int32, contiguous.</param>
    /// <param name="bits">4 or 8.</param>
    /// <param name="order">Where in a 32-bit number, counted in numbers of <paramref name="bits"/> from the lowest, each number lies; null: in order.</param>
    /// <returns>uint8 [rows, n], owned by the caller's scope.</returns>
    public static unsafe Tensor UnpackColumns(Tensor packed, int bits, int[]? order = null)
    {
        var (rows, words, each) = ((int)packed.size(0), (int)packed.size(1), 32 / bits);
        var result = empty([rows, (long)words * each], ScalarType.Byte);
        var (from, to, mask) = ((nint)TensorMemory.Pointer<int>(packed), (nint)TensorMemory.Pointer<byte>(result), (1u << bits) - 1);
        var places = order ?? [.. Enumerable.Range(0, each)];
        ParallelRows.For(rows, (first, end) =>
        {
            for (var word = (long)first * words; word < (long)end * words; word++)
            {
                var packedWord = ((uint*)from)[word];
                for (var i = 0; i < each; i++)
                {
                    ((byte*)to)[(word * each) + i] = (byte)((packedWord >> (places[i] * bits)) & mask);
                }
            }
        });
        GC.KeepAlive(packed);
        return result;
    }

    /// <summary>An error that says what is wrong with a quantised weight.</summary>
    public static InputException Broken(string layer, string found, Exception? inner = null) => new(
        "quantised-checkpoint",
        $"reading the quantised weight '{layer}'",
        found,
        "Download the model again, all its files; or give the model before it was quantised, with --precision four_bit or eight_bit",
        inner);
}
