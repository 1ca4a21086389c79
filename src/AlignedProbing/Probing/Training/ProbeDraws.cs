using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using AlignedProbing.Numerics;

namespace AlignedProbing.Probing.Training;

/// <summary>
/// The random numbers of one training: a function of (seed, fold) alone, so they depend neither on threads nor on what else is trained. Initial weights and
/// permutations come from Philox; dropout masks, of which a training needs tens of millions, from eight lanes of xoshiro128++ (Blackman and Vigna 2019) whose
/// states come from Philox. As with <c>torch.manual_seed</c> in the reference, probes of the same seed and fold share their draws over labels and layers.
/// </summary>
internal sealed class ProbeDraws : IProbeDraws
{
    private const ulong Purpose = 0x70726F6265UL << 24;
    private const ulong Weights = 0;
    private const ulong Order = 1UL << 32;
    private const ulong Mask = 2UL << 32;

    private readonly ulong _key;
    private readonly short _threshold;
    private readonly float _scale;
    private Vector256<uint> _s0;
    private Vector256<uint> _s1;
    private Vector256<uint> _s2;
    private Vector256<uint> _s3;

    /// <param name="seed">The seed.</param>
    /// <param name="fold">The fold.</param>
    /// <param name="dropout">Share of numbers dropped, in [0, 1); met to 1/65536.</param>
    public ProbeDraws(int seed, int fold, double dropout)
    {
        _key = Purpose ^ ((ulong)(uint)seed << 32) ^ (uint)fold;
        // Signed 16-bit comparison is the one AVX2 has: a number v in -32768 .. 32767 is kept where v < threshold.
        _threshold = (short)(Math.Round((1 - dropout) * 65536) - 32768 - 1);
        _scale = 1 / (float)(1 - dropout);
        Span<uint> state = stackalloc uint[32];
        for (var lane = 0; lane < 8; lane++)
        {
            (state[lane], state[8 + lane], state[16 + lane], state[24 + lane]) = Philox.Block(_key, (uint)lane, Mask);
        }

        _s0 = Vector256.Create<uint>(state);
        _s1 = Vector256.Create<uint>(state[8..]);
        _s2 = Vector256.Create<uint>(state[16..]);
        _s3 = Vector256.Create<uint>(state[24..]);
    }

    /// <inheritdoc/>
    /// <remarks>As PyTorch's Linear: uniform in ±1/sqrt(width), bias too.</remarks>
    public float Initialize(Span<float> weights)
    {
        var bound = 1 / Math.Sqrt(weights.Length);
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = Draw(i);
        }

        return Draw(weights.Length);

        float Draw(int number)
        {
            var (a, b, _, _) = Philox.Block(_key, (uint)number, Weights);
            return (float)(((2 * Philox.ToDouble(a, b)) - 1) * bound);
        }
    }

    /// <inheritdoc/>
    public void Permute(int epoch, Span<int> order)
    {
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        var (a, b, c, d) = (0u, 0u, 0u, 0u);
        for (var i = order.Length - 1; i > 0; i--)
        {
            if ((i & 3) == 3 || i == order.Length - 1)
            {
                (a, b, c, d) = Philox.Block(_key, (uint)(i >> 2), Order | (uint)epoch);
            }

            var bits = (i & 3) switch { 0 => a, 1 => b, 2 => c, _ => d };
            var j = (int)(((ulong)bits * (uint)(i + 1)) >> 32);
            (order[i], order[j]) = (order[j], order[i]);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Drop(int epoch, int position, ReadOnlySpan<float> example, Span<float> dropped)
    {
        var (s0, s1, s2, s3) = (_s0, _s1, _s2, _s3);
        var threshold = Vector256.Create(_threshold);
        var scale = Vector256.Create(_scale);
        fixed (float* from = example)
        fixed (float* to = dropped)
        {
            for (var i = 0; i < example.Length; i += 16)
            {
                var sum = s0 + s3;
                var bits = Vector256.ShiftLeft(sum, 7) + Vector256.ShiftRightLogical(sum, 25) + s0;
                var shifted = Vector256.ShiftLeft(s1, 9);
                s2 ^= s0;
                s3 ^= s1;
                s1 ^= s2;
                s0 ^= s3;
                s2 ^= shifted;
                s3 = Vector256.ShiftLeft(s3, 11) | Vector256.ShiftRightLogical(s3, 21);
                var (low, high) = Vector256.Widen(Vector256.LessThanOrEqual(bits.AsInt16(), threshold));
                ((Vector256.Load(from + i).AsInt32() & low).AsSingle() * scale).Store(to + i);
                ((Vector256.Load(from + i + 8).AsInt32() & high).AsSingle() * scale).Store(to + i + 8);
            }
        }

        (_s0, _s1, _s2, _s3) = (s0, s1, s2, s3);
    }
}
