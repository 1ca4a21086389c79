using System.Numerics;

namespace AlignedProbing.Torch.Generation.Pooling;

/// <summary>
/// Vectors of some targets (prompts, continuations) while their tokens go by: [layers, targets, width] for each kind of pooling. Sums are kept in float64 and
/// grow in the order of the tokens, so that a vector is the same to the bit however its tokens came in batches.
/// </summary>
internal sealed class PooledVectors
{
    private readonly Accumulator[] _kinds;

    public PooledVectors(int layers, int width, IReadOnlyList<PoolingKind> kinds)
    {
        (Layers, Width, Kinds) = (layers, width, kinds);
        _kinds = [.. kinds.Select(kind => new Accumulator(kind, width))];
    }

    /// <summary>Number of layers.</summary>
    public int Layers { get; }

    /// <summary>Elements of a vector.</summary>
    public int Width { get; }

    /// <summary>Kinds of pooling.</summary>
    public IReadOnlyList<PoolingKind> Kinds { get; }

    /// <summary>Number of targets.</summary>
    public int Targets { get; private set; }

    /// <summary>
    /// Forgets what was added, and makes room for a number of targets. Memory is kept from batch to batch: it is as much as the largest has taken.
    /// </summary>
    public void Reset(int targets)
    {
        Targets = targets;
        foreach (var kind in _kinds)
        {
            kind.Reset(checked(Layers * targets));
        }
    }

    /// <summary>Adds the state of the next token.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="target">The target; two threads may not add to the same one.</param>
    /// <param name="state">The state [width].</param>
    /// <param name="position">The token's position in its sequence.</param>
    public void Add(int layer, int target, ReadOnlySpan<float> state, int position)
    {
        foreach (var kind in _kinds)
        {
            kind.Add((layer * Targets) + target, state, position);
        }
    }

    /// <summary>Writes the vector of one target and layer; NaN where no token was added.</summary>
    /// <param name="kind">Which of the kinds, by its place in the list given.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="target">The target.</param>
    /// <param name="destination">[width].</param>
    public void CopyTo(int kind, int layer, int target, Span<float> destination) => _kinds[kind].CopyTo((layer * Targets) + target, destination[..Width]);

    /// <summary>Sets what was added elsewhere: the number of tokens of each target [targets], the same at all layers.</summary>
    public void SetCounts(int kind, ReadOnlySpan<int> counts)
    {
        for (var layer = 0; layer < Layers; layer++)
        {
            counts.CopyTo(_kinds[kind].Counts(layer * Targets, Targets));
        }
    }

    /// <summary>Sets sums that were added elsewhere, for a kind that is a mean.</summary>
    /// <param name="kind">Which of the kinds.</param>
    /// <param name="layer">The first layer.</param>
    /// <param name="sums">[layers, targets, width], of this layer and those after it.</param>
    public void SetSums(int kind, int layer, ReadOnlySpan<double> sums) => sums.CopyTo(_kinds[kind].Sums(layer * Targets));

    /// <summary>Sets values that were found elsewhere, for a kind that is no mean.</summary>
    /// <param name="kind">Which of the kinds.</param>
    /// <param name="layer">The first layer.</param>
    /// <param name="values">[layers, targets, width], of this layer and those after it.</param>
    public void SetValues(int kind, int layer, ReadOnlySpan<float> values) => values.CopyTo(_kinds[kind].Values(layer * Targets));

    private sealed class Accumulator(PoolingKind kind, int width)
    {
        private readonly bool _adds = kind is PoolingKind.Mean or PoolingKind.MeanWithoutFirst;
        private double[] _sums = [];
        private float[] _values = [];
        private int[] _counts = [];

        public void Reset(int cells)
        {
            if (cells > _counts.Length)
            {
                _counts = new int[cells];
                _sums = _adds ? new double[(long)cells * width] : [];
                _values = _adds ? [] : new float[(long)cells * width];
            }

            Array.Clear(_counts);
        }

        public Span<int> Counts(int cell, int cells) => _counts.AsSpan(cell, cells);

        public Span<double> Sums(int cell) => _sums.AsSpan(cell * width);

        public Span<float> Values(int cell) => _values.AsSpan(cell * width);

        public void Add(int cell, ReadOnlySpan<float> state, int position)
        {
            if (kind == PoolingKind.MeanWithoutFirst && position == 0)
            {
                return;
            }

            var first = _counts[cell]++ == 0;
            switch (kind)
            {
                case PoolingKind.Last:
                    state.CopyTo(_values.AsSpan(cell * width, width));
                    break;
                case PoolingKind.Max when first:
                    state.CopyTo(_values.AsSpan(cell * width, width));
                    break;
                case PoolingKind.Max:
                    var largest = _values.AsSpan(cell * width, width);
                    for (var i = 0; i < width; i++)
                    {
                        largest[i] = MathF.Max(largest[i], state[i]);
                    }

                    break;
                default:
                    if (first)
                    {
                        _sums.AsSpan(cell * width, width).Clear();
                    }

                    AddTo(_sums.AsSpan(cell * width, width), state);
                    break;
            }
        }

        public void CopyTo(int cell, Span<float> destination)
        {
            var count = _counts[cell];
            if (count == 0)
            {
                destination.Fill(float.NaN);
            }
            else if (!_adds)
            {
                _values.AsSpan(cell * width, width).CopyTo(destination);
            }
            else
            {
                var sum = _sums.AsSpan(cell * width, width);
                for (var i = 0; i < width; i++)
                {
                    destination[i] = (float)(sum[i] / count);
                }
            }
        }

        private static void AddTo(Span<double> sum, ReadOnlySpan<float> state)
        {
            var i = 0;
            for (; i + Vector<float>.Count <= state.Length; i += Vector<float>.Count)
            {
                Vector.Widen(new Vector<float>(state[i..]), out var low, out var high);
                (new Vector<double>(sum[i..]) + low).CopyTo(sum[i..]);
                (new Vector<double>(sum[(i + Vector<double>.Count)..]) + high).CopyTo(sum[(i + Vector<double>.Count)..]);
            }

            for (; i < state.Length; i++)
            {
                sum[i] += state[i];
            }
        }
    }
}
