using AlignedProbing.Torch.Generation.Pooling;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Models;
using AlignedProbing.Torch.Tests.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Tests.Generation.Pooling;

public sealed class StatePoolingTests
{
    private const int Layers = 2;
    private const int Width = 19;

    private static readonly PoolingKind[] Kinds = [PoolingKind.Mean, PoolingKind.Last, PoolingKind.Max, PoolingKind.MeanWithoutFirst];

    static StatePoolingTests() => TorchRuntime.EnsureLoaded();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Each_kind_is_its_definition_however_tokens_come_in_passes(bool onDevice)
    {
        // Target 0: tokens 0 to 10 in two passes, with a gap; target 2: one token a pass, and its first one is its sequence's; target 1: none; target 3 in the
        // other vectors alone.
        var (one, other) = (Vectors(4), Vectors(4));
        PooledRows[][] passes =
        [
            [new PooledRows(one, 2, 0, 1, 0), new PooledRows(one, 0, 3, 4, 0), new PooledRows(one, 0, 9, 2, 6), new PooledRows(other, 3, 1, 2, 5)],
            [new PooledRows(one, 0, 2, 5, 8), new PooledRows(one, 2, 11, 1, 1)],
            [new PooledRows(one, 2, 7, 1, 2), new PooledRows(other, 3, 0, 12, 7)],
        ];
        var before = LeakCheck.Baseline();
        var states = new List<float[]>();
        using (IStatePooling pooling = onDevice ? new DevicePooling(torch.CPU) : new HostPooling())
        {
            foreach (var rows in passes)
            {
                pooling.Begin(rows);
                for (var layer = 0; layer < Layers; layer++)
                {
                    using var scope = torch.NewDisposeScope();
                    var made = KernelTests.Random((ulong)states.Count, 12, Width);
                    states.Add(KernelTests.Floats(made));
                    pooling.Add(layer, made);
                }
            }

            pooling.Complete();
        }

        Assert.Equal(before, LiveTensors.Count);
        foreach (var vectors in (PooledVectors[])[one, other])
        {
            for (var target = 0; target < 4; target++)
            {
                for (var layer = 0; layer < Layers; layer++)
                {
                    var tokens = passes
                        .SelectMany(
                            (rows, pass) =>
                                rows.Where(part => part.Vectors == vectors && part.Target == target)
                                    .SelectMany(part =>
                                        Enumerable
                                            .Range(0, part.Count)
                                            .Select(i =>
                                                (
                                                    Position: part.Position + i,
                                                    State: states[(pass * Layers) + layer].AsSpan((part.First + i) * Width, Width).ToArray()))))
                        .ToArray();
                    Check(vectors, layer, target, tokens);
                }
            }
        }
    }

    [Fact]
    public void Two_parts_of_one_target_are_never_added_by_two_threads()
    {
        // Wide enough for a thread a part, and for two threads to be at it at once.
        const int Wide = 1 << 20;
        var vectors = new PooledVectors(1, Wide, [PoolingKind.Mean]);
        using var states = KernelTests.Random(1, 2, Wide);
        var values = KernelTests.Floats(states);
        PooledRows[] rows = [new PooledRows(vectors, 0, 0, 1, 0), new PooledRows(vectors, 0, 1, 1, 5)];
        var threads = torch.get_num_threads();
        try
        {
            torch.set_num_threads(2);
            using var pooling = new HostPooling();
            var vector = new float[Wide];
            for (var repeat = 0; repeat < 20; repeat++)
            {
                vectors.Reset(1);
                pooling.Begin(rows);
                pooling.Add(0, states);
                vectors.CopyTo(0, 0, 0, vector);
                for (var i = 0; i < Wide; i++)
                {
                    if ((float)(((double)values[i] + values[Wide + i]) / 2) != vector[i])
                    {
                        Assert.Fail($"element {i} in round {repeat}");
                    }
                }
            }
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(300)]
    public void Rows_are_folded_in_as_many_rounds_as_their_number_has_digits_and_each_is_in_it_once(int rows)
    {
        var fold = new RowFold([
            [.. Enumerable.Range(0, rows).Select(row => (long)row)],
            [1000],
            [.. Enumerable.Range(2000, rows / 2 + 1).Select(row => (long)row)],
        ]);
        Assert.Equal((int)Math.Ceiling(Math.Log2(rows)), fold.Rounds.Count);
        List<long[]> current = [.. Enumerable.Range(0, 3000).Select(row => new[] { (long)row })];
        foreach (var round in fold.Rounds)
        {
            current =
            [
                .. round.Left.Zip(round.Right, (left, right) => (long[])[.. current[(int)left], .. current[(int)right]]),
                .. round.Single.Select(row => current[(int)row]),
            ];
        }

        var made = fold.Last.Select(row => current[(int)row]).ToArray();
        Assert.Equal(Enumerable.Range(0, rows).Select(row => (long)row), made[0]);
        Assert.Equal([1000], made[1]);
        Assert.Equal(Enumerable.Range(2000, rows / 2 + 1).Select(row => (long)row), made[2]);
    }

    private static PooledVectors Vectors(int targets)
    {
        var vectors = new PooledVectors(Layers, Width, Kinds);
        vectors.Reset(targets);
        return vectors;
    }

    private static void Check(PooledVectors vectors, int layer, int target, (int Position, float[] State)[] tokens)
    {
        var vector = new float[Width];
        for (var kind = 0; kind < Kinds.Length; kind++)
        {
            vectors.CopyTo(kind, layer, target, vector);
            var counted = Kinds[kind] == PoolingKind.MeanWithoutFirst ? [.. tokens.Where(token => token.Position > 0)] : tokens;
            for (var i = 0; i < Width; i++)
            {
                var expected = counted.Length == 0 ? double.NaN : Kinds[kind] switch
                {
                    PoolingKind.Last => counted[^1].State[i],
                    PoolingKind.Max => counted.Max(token => token.State[i]),
                    _ => counted.Average(token => (double)token.State[i]),
                };
                Assert.Equal(expected, vector[i], 1e-6);
            }
        }
    }
}
