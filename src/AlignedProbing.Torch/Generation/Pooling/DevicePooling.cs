using System.Runtime.InteropServices;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Generation.Pooling;

/// <summary>
/// Pools states where they are: sums in float64, which are copied to CPU memory when the batch has ended. A pass sends which rows are whose in one copy, and
/// waits for nothing. Each element receives one addition at a time (<see cref="RowFold"/>), so that the result does not depend on which of a GPU's threads
/// comes first.
/// </summary>
internal sealed class DevicePooling(torch.Device device) : IStatePooling
{
    /// <summary>Elements copied to CPU memory at a time: a gigabyte of sums.</summary>
    private const long ElementsAtATime = 1 << 27;

    private readonly Dictionary<(PooledVectors Vectors, int Kind), Pooled> _pooled = [];
    private readonly List<Step> _steps = [];
    private IndexLists? _indices;

    public void Begin(IReadOnlyList<PooledRows> rows)
    {
        Forget();
        var lists = new List<IReadOnlyList<long>>();
        foreach (var ofVectors in rows.GroupBy(part => part.Vectors))
        {
            var all = RowsOfTargets(ofVectors, withoutFirst: false);
            for (var kind = 0; kind < ofVectors.Key.Kinds.Count; kind++)
            {
                var withoutFirst = ofVectors.Key.Kinds[kind] == PoolingKind.MeanWithoutFirst;
                var rowsOfTargets = withoutFirst ? RowsOfTargets(ofVectors, withoutFirst) : all;
                if (rowsOfTargets.Count > 0)
                {
                    Plan(ofVectors.Key, kind, rowsOfTargets, lists);
                }
            }
        }

        _indices = new IndexLists(lists, device);
    }

    public void Add(int layer, torch.Tensor states)
    {
        if (_steps.Count == 0)
        {
            return;
        }

        using var scope = torch.NewDisposeScope();
        torch.Tensor? wide = null;
        foreach (var step in _steps)
        {
            var pooled = _pooled[(step.Vectors, step.Kind)];
            pooled.Values ??= step.Vectors.Kinds[step.Kind] switch
            {
                PoolingKind.Max => Ops.Full(Shape(step.Vectors), double.NegativeInfinity, torch.ScalarType.Float32, device).DetachFromDisposeScope(),
                PoolingKind.Last => torch.zeros(Shape(step.Vectors), torch.ScalarType.Float32, device).DetachFromDisposeScope(),
                _ => torch.zeros(Shape(step.Vectors), torch.ScalarType.Float64, device).DetachFromDisposeScope(),
            };
            var values = pooled.Values.select(0, layer);
            var kind = step.Vectors.Kinds[step.Kind];
            var rows = kind is PoolingKind.Max or PoolingKind.Last ? states : wide ??= states.to(torch.ScalarType.Float64);
            var targets = _indices![step.First];
            var made = Folded(step, rows, kind);
            values.index_copy_(0, targets, kind == PoolingKind.Last ? made : Combined(kind, Ops.Rows(values, targets), made));
        }
    }

    public void Complete()
    {
        foreach (var ((vectors, kind), pooled) in _pooled)
        {
            if (pooled.Values is not { } values)
            {
                continue;
            }

            vectors.SetCounts(kind, pooled.Counts);
            var layers = (int)Math.Clamp(ElementsAtATime / Math.Max(1, (long)vectors.Targets * vectors.Width), 1, vectors.Layers);
            for (var first = 0; first < vectors.Layers; first += layers)
            {
                using var scope = torch.NewDisposeScope();
                var local = DeviceCopies.ToHost(values.narrow(0, first, Math.Min(layers, vectors.Layers - first)));
                if (values.dtype == torch.ScalarType.Float64)
                {
                    vectors.SetSums(kind, first, TensorMemory.Span<double>(local));
                }
                else
                {
                    vectors.SetValues(kind, first, TensorMemory.Span<float>(local));
                }
            }
        }
    }

    public void Dispose()
    {
        Forget();
        foreach (var pooled in _pooled.Values)
        {
            pooled.Values?.Dispose();
        }

        _pooled.Clear();
    }

    private static long[] Shape(PooledVectors vectors) => [vectors.Layers, vectors.Targets, vectors.Width];

    private static torch.Tensor Combined(PoolingKind kind, torch.Tensor left, torch.Tensor right) =>
        kind == PoolingKind.Max ? left.maximum(right) : Ops.Add(left, right);

    /// <summary>The rows of each target, in the order of its tokens; targets without any are left out.</summary>
    private static List<(int Target, List<long> Rows)> RowsOfTargets(IEnumerable<PooledRows> parts, bool withoutFirst)
    {
        var rows = new List<(int Target, List<long> Rows)>();
        foreach (var part in parts)
        {
            var skipped = withoutFirst && part.Position == 0 ? 1 : 0;
            if (part.Count == skipped)
            {
                continue;
            }

            if (rows.Count == 0 || rows[^1].Target != part.Target)
            {
                rows.Add((part.Target, []));
            }

            for (var row = skipped; row < part.Count; row++)
            {
                rows[^1].Rows.Add(part.First + row);
            }
        }

        return rows;
    }

    private void Plan(PooledVectors vectors, int kind, List<(int Target, List<long> Rows)> rowsOfTargets, List<IReadOnlyList<long>> lists)
    {
        ref var pooled = ref CollectionsMarshal.GetValueRefOrAddDefault(_pooled, (vectors, kind), out _);
        pooled ??= new Pooled(new int[vectors.Targets]);
        foreach (var (target, rows) in rowsOfTargets)
        {
            pooled.Counts[target] += rows.Count;
        }

        var last = vectors.Kinds[kind] == PoolingKind.Last;
        var fold = new RowFold([.. rowsOfTargets.Select(target => last ? [target.Rows[^1]] : target.Rows)]);
        _steps.Add(new Step(vectors, kind, lists.Count, [.. fold.Rounds.Select(round => round.Single.Count > 0)]));
        lists.Add([.. rowsOfTargets.Select(target => (long)target.Target)]);
        lists.Add(fold.Last);
        foreach (var round in fold.Rounds)
        {
            lists.AddRange([round.Left, round.Right, round.Single]);
        }
    }

    /// <summary>One row for each of a step's targets.</summary>
    private torch.Tensor Folded(Step step, torch.Tensor rows, PoolingKind kind)
    {
        for (var round = 0; round < step.WithSingle.Length; round++)
        {
            var list = step.First + 2 + (3 * round);
            var made = Combined(kind, Ops.Rows(rows, _indices![list]), Ops.Rows(rows, _indices[list + 1]));
            rows = step.WithSingle[round] ? torch.cat([made, Ops.Rows(rows, _indices[list + 2])], 0) : made;
        }

        return Ops.Rows(rows, _indices![step.First + 1]);
    }

    private void Forget()
    {
        _indices?.Dispose();
        _indices = null;
        _steps.Clear();
    }

    /// <summary>
    /// What is done with the states of each layer for one kind of pooling: lists from number First on are targets, their rows after the last round, and left,
    /// right and single of each round.
    /// </summary>
    private sealed record Step(PooledVectors Vectors, int Kind, int First, bool[] WithSingle);

    /// <summary>Vectors of one kind so far: rows counted for each target, and [layers, targets, width] on the device.</summary>
    private sealed class Pooled(int[] counts)
    {
        public int[] Counts { get; } = counts;

        public torch.Tensor? Values { get; set; }
    }
}
