using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Native;

/// <summary>
/// Results of many megabytes (logits, wide rows) in CPU memory that is used again. The C library takes such blocks from its heap, where small ones that outlive
/// them come to lie between, so that the heap grows by one more of them again and again (docs/reference/performance.md); as mappings of their own they would
/// cost a page fault for every 4 KB in each step.
/// </summary>
internal static unsafe class LargeTensors
{
    /// <summary>Bytes from which memory is kept here; smaller results find room in the heap.</summary>
    public const long Least = 4 << 20;

    /// <summary>A block that was not wanted while so many others were is given back.</summary>
    public const int IdleTurns = 512;

    /// <summary>A block is not used for a result that many times smaller: it would never be given back.</summary>
    private const int MostTimes = 4;

    private static readonly Lock Gate = new();
    private static readonly List<Block> Idle = [];
    private static readonly Dictionary<nint, Block> InUse = [];
    private static long _turn;

    /// <summary>Bytes held, in use or not.</summary>
    public static long Held
    {
        get
        {
            lock (Gate)
            {
                return Idle.Concat(InUse.Values).Sum(block => block.Bytes);
            }
        }
    }

    /// <summary>A float32 tensor in CPU memory, contiguous, whose elements are not set.</summary>
    /// <param name="shape">Sizes, slowest first.</param>
    public static Tensor Empty(params ReadOnlySpan<long> shape)
    {
        long bytes = sizeof(float);
        foreach (var size in shape)
        {
            bytes = checked(bytes * size);
        }

        if (bytes < Least)
        {
            return empty(shape, ScalarType.Float32);
        }

        var data = Take(bytes);
        fixed (long* sizes = shape)
        {
            delegate* unmanaged<void*, void> release = &Release;
            var tensor = NativeMethods.WrapMemory(
                (void*)data,
                (nint)release,
                sizes,
                shape.Length,
                (sbyte)ScalarType.Float32,
                (sbyte)ScalarType.Float32,
                0,
                -1,
                0);
            if (tensor == 0)
            {
                Return(data);
                throw new InvalidOperationException("libtorch did not wrap the memory.");
            }

            return Tensor.UnsafeCreateTensor(tensor);
        }
    }

    private static nint Take(long bytes)
    {
        lock (Gate)
        {
            _turn++;
            Drop(block => block.LastTurn < _turn - IdleTurns);
            var block = Idle.Where(block => block.Bytes >= bytes && block.Bytes <= MostTimes * bytes).MinBy(block => block.Bytes);
            if (block is null)
            {
                // One that has become too small makes room for a larger one.
                var outgrown = Idle.Where(block => block.Bytes < bytes).MaxBy(block => block.Bytes);
                Drop(block => block == outgrown);
                block = new Block((nint)NativeMemory.AlignedAlloc((nuint)bytes, 64), bytes);
            }

            Idle.Remove(block);
            InUse.Add(block.Data, block);
            return block.Data;
        }
    }

    private static void Return(nint data)
    {
        lock (Gate)
        {
            if (InUse.Remove(data, out var block))
            {
                block.LastTurn = _turn;
                Idle.Add(block);
            }
        }
    }

    private static void Drop(Predicate<Block> which)
    {
        foreach (var block in Idle.Where(block => which(block)))
        {
            NativeMemory.AlignedFree((void*)block.Data);
        }

        Idle.RemoveAll(which);
    }

    // Called by libtorch, on any thread, when the last tensor over the memory is gone.
    [UnmanagedCallersOnly]
    private static void Release(void* data) => Return((nint)data);

    private sealed class Block(nint data, long bytes)
    {
        public nint Data { get; } = data;

        public long Bytes { get; } = bytes;

        public long LastTurn { get; set; }
    }
}
