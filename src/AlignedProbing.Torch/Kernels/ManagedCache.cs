using System.Runtime.InteropServices;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Kernels;

/// <summary>
/// Keys and values in plain memory. A slot is a prompt or a tail. A prompt's keys are read by many queries and lie transposed [size, capacity], so that scores
/// of neighbouring keys are neighbours;
/// a tail's are read by its own few and lie as they come [capacity, size rounded up], so that a step touches only those that are there. Values lie as they
/// come.
/// </summary>
internal sealed unsafe class ManagedCache : IDisposable
{
    private readonly int _heads;
    private readonly int _size;
    private readonly long[] _start;
    private readonly int[] _capacity;
    private float* _memory;

    public ManagedCache(KeyValueCache cache, int blocks, int heads, int size)
    {
        (_heads, _size) = (heads, size);
        ValueSize = VectorMath.RoundUp(size);
        var prompts = cache.Layout.Prompts;
        var slots = prompts.Count + cache.Layout.Tails;
        (_start, _capacity) = (new long[slots], new int[slots]);
        FirstTail = prompts.Count;
        long total = 0;
        for (var slot = 0; slot < slots; slot++)
        {
            var asked = slot < FirstTail ? prompts[slot].Capacity : cache.TailCapacities[slot - FirstTail];
            var capacity = VectorMath.RoundUp(Math.Max(asked, 1));
            // Keys a power of two apart would all fall into the same few lines of the processor's cache.
            _capacity[slot] = slot >= FirstTail ? asked : capacity % 64 == 0 ? capacity + 16 : capacity;
            _start[slot] = total;
            total = checked(total + ((long)blocks * BlockLength(slot)));
        }

        Bytes = checked(total * sizeof(float));
        _memory = (float*)NativeMemory.AlignedAlloc((nuint)Math.Max(Bytes, 64), 64);
    }

    ~ManagedCache() => Free();

    /// <summary>Bytes held.</summary>
    public long Bytes { get; }

    /// <summary>Slot of tail 0; prompts come first.</summary>
    public int FirstTail { get; }

    /// <summary>Elements of a stored value, and of a tail's key: the head's size, rounded up to whole vectors with zeros.</summary>
    public int ValueSize { get; }

    /// <summary>Distance between elements of one key of a prompt.</summary>
    public int KeyStride(int slot) => _capacity[slot];

    public float* Keys(int slot, int block, int head) => Start(slot, block) + ((long)head * KeySize(slot) * _capacity[slot]);

    public float* Values(int slot, int block, int head) =>
        Start(slot, block) + ((long)_heads * KeySize(slot) * _capacity[slot]) + ((long)head * ValueSize * _capacity[slot]);

    /// <summary>Keeps the key and value of one token and head.</summary>
    public void Append(int slot, int block, int head, int index, float* key, float* value)
    {
        if (slot >= FirstTail)
        {
            CopyPadded(key, Keys(slot, block, head) + ((long)index * ValueSize));
        }
        else
        {
            var stride = _capacity[slot];
            var at = Keys(slot, block, head) + index;
            for (var d = 0; d < _size; d++)
            {
                at[(long)d * stride] = key[d];
            }
        }

        CopyPadded(value, Values(slot, block, head) + ((long)index * ValueSize));
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

    private void CopyPadded(float* from, float* to)
    {
        new ReadOnlySpan<float>(from, _size).CopyTo(new Span<float>(to, _size));
        new Span<float>(to + _size, ValueSize - _size).Clear();
    }

    private int KeySize(int slot) => slot >= FirstTail ? ValueSize : _size;

    private long BlockLength(int slot) => (long)_heads * _capacity[slot] * (KeySize(slot) + ValueSize);

    private float* Start(int slot, int block)
    {
        ObjectDisposedException.ThrowIf(_memory is null, this);
        return _memory + _start[slot] + (block * BlockLength(slot));
    }
}
