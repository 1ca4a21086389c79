using System.Numerics;

namespace AlignedProbing.Tokenizers.Models;

/// <summary>Pairs of neighbouring tokens that merge: the rank of the merge (small ones first) and the token they become.</summary>
internal sealed class MergeTable
{
    private const ulong Empty = ulong.MaxValue;
    private readonly ulong[] _pairs;
    private readonly (int Rank, int Id)[] _merges;
    private readonly int _shift;

    /// <param name="capacity">How many merges will be added at most.</param>
    public MergeTable(int capacity)
    {
        var size = BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, capacity) * 2);
        _pairs = new ulong[size];
        Array.Fill(_pairs, Empty);
        _merges = new (int, int)[size];
        _shift = 64 - BitOperations.Log2(size);
    }

    /// <summary>Adds a merge; one that is there already is replaced.</summary>
    public void Add(int left, int right, int rank, int id)
    {
        var slot = Slot(Pair(left, right));
        _pairs[slot] = Pair(left, right);
        _merges[slot] = (rank, id);
    }

    public bool TryGet(int left, int right, out (int Rank, int Id) merge)
    {
        var slot = Slot(Pair(left, right));
        merge = _merges[slot];
        return _pairs[slot] != Empty;
    }

    private static ulong Pair(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private int Slot(ulong pair)
    {
        var slot = (int)((pair * 0x9E3779B97F4A7C15) >> _shift);
        while (_pairs[slot] != pair && _pairs[slot] != Empty)
        {
            slot = (slot + 1) & (_pairs.Length - 1);
        }

        return slot;
    }
}
