using System.Runtime.InteropServices;

namespace AlignedProbing.Torch.Kernels;

/// <summary>
/// Keys and values in plain memory. A slot is a prompt or a tail. A prompt's keys are read by many queries and lie transposed [size, capacity], so that scores
/// of neighbouring keys are neighbours; a tail's are read by its own few and lie as they come [capacity, size rounded up], so that a step touches only those
/// that are there. Values lie as they come.
/// </summary>
internal sealed unsafe class ManagedCache : IDisposable
{
    private readonly BlockShape[] _blocks;
    private readonly long[] _start;
    private readonly int[] _capacity;
    private float* _memory;

    public ManagedCache(KeyValueCache cache, IReadOnlyList<BlockShape> blocks)
    {
        _blocks = [.. blocks];
        var prompts = cache.Layout.Prompts;
        var slots = prompts.Count + cache.Layout.Tails;
        (_start, _capacity) = (new long[slots * _blocks.Length], new int[slots]);
        FirstTail = prompts.Count;
        long total = 0;
        for (var slot = 0; slot < slots; slot++)
        {
            var asked = slot < FirstTail ? prompts[slot].Capacity : cache.TailCapacities[slot - FirstTail];
            var capacity = VectorMath.RoundUp(Math.Max(asked, 1));
            // Keys a power of two apart would all fall into the same few lines of the processor's cache.
            _capacity[slot] = slot >= FirstTail ? asked : capacity % 64 == 0 ? capacity + 16 : capacity;
            for (var block = 0; block < _blocks.Length; block++)
            {
                _start[(slot * _blocks.Length) + block] = total;
                total = checked(total + BlockLength(slot, block));
            }
        }

        Bytes = checked(total * sizeof(float));
        _memory = (float*)NativeMemory.AlignedAlloc((nuint)Math.Max(Bytes, 64), 64);
    }

    ~ManagedCache() => Free();

    /// <summary>Bytes held.</summary>
    public long Bytes { get; }

    /// <summary>Slot of tail 0; prompts come first.</summary>
    public int FirstTail { get; }

    /// <summary>Distance between elements of one key of a prompt.</summary>
    public int KeyStride(int slot) => _capacity[slot];

    public float* Keys(int slot, int block, int head) => Start(slot, block) + ((long)head * KeySize(slot, block) * _capacity[slot]);

    public float* Values(int slot, int block, int head) =>
        Start(slot, block)
        + ((long)_blocks[block].KeyValueHeads * KeySize(slot, block) * _capacity[slot])
        + ((long)head * VectorMath.RoundUp(_blocks[block].ValueSize) * _capacity[slot]);

    /// <summary>Keeps the key and value of one token and head.</summary>
    public void Append(int slot, int block, int head, int index, float* key, float* value)
    {
        var (_, _, size, valueSize) = _blocks[block];
        if (slot >= FirstTail)
        {
            CopyPadded(key, Keys(slot, block, head), index, size);
        }
        else
        {
            var stride = _capacity[slot];
            var at = Keys(slot, block, head) + index;
            for (var d = 0; d < size; d++)
            {
                at[(long)d * stride] = key[d];
            }
        }

        CopyPadded(value, Values(slot, block, head), index, valueSize);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }

    private static void CopyPadded(float* from, float* first, int index, int size)
    {
        var padded = VectorMath.RoundUp(size);
        var to = first + ((long)index * padded);
        new ReadOnlySpan<float>(from, size).CopyTo(new Span<float>(to, size));
        new Span<float>(to + size, padded - size).Clear();
    }

    private int KeySize(int slot, int block) => slot >= FirstTail ? VectorMath.RoundUp(_blocks[block].KeySize) : _blocks[block].KeySize;

    private long BlockLength(int slot, int block) =>
        (long)_blocks[block].KeyValueHeads * _capacity[slot] * (KeySize(slot, block) + VectorMath.RoundUp(_blocks[block].ValueSize));

    private float* Start(int slot, int block)
    {
        ObjectDisposedException.ThrowIf(_memory is null, this);
        return _memory + _start[(slot * _blocks.Length) + block];
    }
}
