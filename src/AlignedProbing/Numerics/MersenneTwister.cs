namespace AlignedProbing.Numerics;

/// <summary>
/// MT19937 with the semantics of NumPy's legacy <c>RandomState</c>: seeded by one number, masked rejection for bounded integers, Fisher-Yates from the end.
/// It exists so that folds equal scikit-learn's index for index; nothing else draws from it. Source: Matsumoto and Nishimura 1998; NumPy's legacy
/// distributions.
/// </summary>
internal sealed class MersenneTwister
{
    private const int Size = 624;
    private const int Middle = 397;

    private readonly uint[] _state = new uint[Size];
    private int _next = Size;

    public MersenneTwister(uint seed)
    {
        _state[0] = seed;
        for (var i = 1; i < Size; i++)
        {
            _state[i] = (1812433253u * (_state[i - 1] ^ (_state[i - 1] >> 30))) + (uint)i;
        }
    }

    /// <summary>The next 32 bits.</summary>
    public uint Next()
    {
        if (_next == Size)
        {
            Refill();
        }

        var bits = _state[_next++];
        bits ^= bits >> 11;
        bits ^= (bits << 7) & 0x9D2C5680u;
        bits ^= (bits << 15) & 0xEFC60000u;
        return bits ^ (bits >> 18);
    }

    /// <summary><c>shuffle</c> of a one-dimensional array.</summary>
    public void Shuffle(Span<int> values)
    {
        for (var i = values.Length - 1; i > 0; i--)
        {
            var j = UpTo((uint)i);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    /// <summary><c>permutation(count)</c>.</summary>
    public int[] Permutation(int count)
    {
        var values = new int[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = i;
        }

        Shuffle(values);
        return values;
    }

    private int UpTo(uint largest)
    {
        var mask = uint.MaxValue >> System.Numerics.BitOperations.LeadingZeroCount(largest);
        while (true)
        {
            var value = Next() & mask;
            if (value <= largest)
            {
                return (int)value;
            }
        }
    }

    private void Refill()
    {
        for (var i = 0; i < Size; i++)
        {
            var bits = (_state[i] & 0x80000000u) | (_state[(i + 1) % Size] & 0x7FFFFFFFu);
            _state[i] = _state[(i + Middle) % Size] ^ (bits >> 1) ^ ((bits & 1) == 0 ? 0 : 0x9908B0DFu);
        }

        _next = 0;
    }
}
