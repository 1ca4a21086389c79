using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Native;
using TorchSharp;
using static AlignedProbing.Torch.Tests.Models.KernelTests;

namespace AlignedProbing.Torch.Tests.Models;

public sealed class AttentionTests
{
    private const int Block = 1;
    private const float Scale = 0.3f;

    private static readonly ModelSizes Sizes = new()
    {
        Blocks = 2,
        Width = 60,
        Vocabulary = 10,
        QueryHeads = 6,
        KeyValueHeads = 2,
        HeadSize = 10,
        Context = 100,
        Parameters = 1,
    };

    static AttentionTests() => TorchRuntime.EnsureLoaded();

    public static TheoryData<bool> BothKernels => [true, false];

    [Theory]
    [MemberData(nameof(BothKernels))]
    public void Prompts_of_unlike_lengths_are_read_causally(bool managed)
    {
        var sequences = new[] { new Sequence(0, -1, 23), new Sequence(1, -1, 1), new Sequence(2, -1, 9) };
        Check(managed, CacheLayout.Uniform([23, 1, 9], 0, 0), [[.. sequences.Select(sequence => (sequence, sequence.Length))]]);
    }

    [Theory]
    [MemberData(nameof(BothKernels))]
    public void Tails_read_their_prompts_keys_and_their_own_step_by_step(bool managed)
    {
        var layout = CacheLayout.Uniform([5, 17], 3, 20);
        var prompts = new[] { (new Sequence(0, -1, 5), 5), (new Sequence(1, -1, 17), 17) };
        var tails = new List<(Sequence, int)[]> { prompts };
        for (var step = 0; step < 19; step++)
        {
            // Tail 1 and tail 4 end early and leave the batch.
            tails.Add([.. Enumerable.Range(0, 6).Where(tail => step < 7 || tail % 3 != 1).Select(tail => (new Sequence(tail / 3, tail, 20), 1))]);
        }

        Check(managed, layout, tails);
    }

    [Theory]
    [MemberData(nameof(BothKernels))]
    public void A_prompt_and_its_given_continuations_go_in_one_pass(bool managed)
    {
        var layout = new CacheLayout([new CachedPrompt(11, [4, 9]), new CachedPrompt(3, []), new CachedPrompt(6, [1])]);
        Check(
            managed,
            layout,
            [
                [
                    (new Sequence(0, -1, 11), 11),
                    (new Sequence(0, 0, 4), 4),
                    (new Sequence(0, 1, 9), 9),
                    (new Sequence(1, -1, 3), 3),
                    (new Sequence(2, -1, 6), 6),
                    (new Sequence(2, 2, 1), 1),
                ],
            ]);
    }

    [Theory]
    [MemberData(nameof(BothKernels))]
    public void A_prompt_can_be_read_in_pieces(bool managed) =>
        Check(
            managed,
            CacheLayout.Uniform([30], 1, 8),
            [
                [(new Sequence(0, -1, 30), 13)],
                [(new Sequence(0, -1, 30), 17)],
                [(new Sequence(0, 0, 8), 5)],
                [(new Sequence(0, 0, 8), 3)],
            ]);

    [Theory]
    [InlineData(true, 1, null)]
    [InlineData(false, 1, null)]
    [InlineData(true, 7, null)]
    [InlineData(false, 7, null)]
    [InlineData(true, 20, 1.5f)]
    [InlineData(false, 20, 1.5f)]
    [InlineData(true, null, 0.4f)]
    [InlineData(false, null, 0.4f)]
    public void A_window_hides_older_keys_and_a_cap_bends_scores(bool managed, int? window, float? cap)
    {
        var layout = new CacheLayout([new CachedPrompt(11, [4, 9]), new CachedPrompt(30, [12])]);
        var passes = new List<(Sequence, int)[]>
        {
            new[] { (new Sequence(0, -1, 11), 11), (new Sequence(0, 0, 4), 4), (new Sequence(1, -1, 30), 30), (new Sequence(1, 2, 12), 3) },
        };
        passes.AddRange(Enumerable.Range(0, 9).Select(step => new[] { (new Sequence(0, 1, 9), 1), (new Sequence(1, 2, 12), 1) }));
        Check(managed, layout, passes, new AttentionRule(Scale, window, cap));
    }

    [Fact]
    public void A_row_is_the_same_to_the_bit_alone_and_among_others_and_for_any_number_of_threads()
    {
        var threads = torch.get_num_threads();
        try
        {
            torch.set_num_threads(1);
            var alone = Run(
                ManagedKernels.Instance,
                new CacheLayout([new CachedPrompt(23, [9])]),
                [
                    [(new Sequence(5, -1, 23), 23)],
                    [(new Sequence(5, 50, 9), 1)],
                    [(new Sequence(5, 50, 9), 1)],
                ],
                prompt => 0,
                tail => 0);
            torch.set_num_threads(2);
            var others = Enumerable.Range(0, 20).Select(tail => (new Sequence(5, 40 + tail, 9), 1)).ToArray();
            var layout = new CacheLayout([new CachedPrompt(40, []), new CachedPrompt(23, [.. Enumerable.Repeat(9, 20)])]);
            var together = Run(
                ManagedKernels.Instance,
                layout,
                [
                    [(new Sequence(4, -1, 40), 40), (new Sequence(5, -1, 23), 23)],
                    others,
                    others,
                ],
                prompt => prompt - 4,
                tail => tail - 40);
            Assert.Equal(23 * 60, alone[0].Length);
            Assert.Equal(alone[0], together[0][(40 * 60)..]);
            Assert.Equal(alone[1], together[1][(10 * 60)..(11 * 60)]);
            Assert.Equal(alone[2], together[2][(10 * 60)..(11 * 60)]);
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    private static void Check(bool managed, CacheLayout layout, IReadOnlyList<(Sequence Of, int Tokens)[]> passes, AttentionRule? rule = null)
    {
        var before = LeakCheck.Baseline();
        var outputs = Run(managed ? ManagedKernels.Instance : TorchKernels.Instance, layout, passes, prompt => prompt, tail => tail, rule);
        Assert.Equal(before, LiveTensors.Count);
        var read = new Dictionary<Sequence, int>();
        for (var pass = 0; pass < passes.Count; pass++)
        {
            var row = 0;
            foreach (var (sequence, tokens) in passes[pass])
            {
                var from = read.GetValueOrDefault(sequence);
                read[sequence] = from + tokens;
                for (var i = 0; i < tokens; i++, row++)
                {
                    var expected = Expected(sequence, from + i, layout, rule ?? new AttentionRule(Scale));
                    for (var column = 0; column < expected.Length; column++)
                    {
                        Assert.True(
                            Math.Abs(expected[column] - outputs[pass][(row * expected.Length) + column]) < 2e-5,
                            $"pass {pass}, row {row}, column {column}");
                    }
                }
            }
        }
    }

    /// <summary>Attention as its definition says, in double precision.</summary>
    private static double[] Expected(Sequence sequence, int position, CacheLayout layout, AttentionRule rule)
    {
        var keys = new List<float[]>();
        if (sequence.Tail >= 0)
        {
            var prompt = new Sequence(sequence.Prompt, -1, layout.Prompts[sequence.Prompt].Capacity);
            keys.AddRange(Enumerable.Range(0, prompt.Length).Select(prompt.Row));
        }

        keys.AddRange(Enumerable.Range(0, position + 1).Select(sequence.Row));
        keys = [.. keys.TakeLast(rule.Window ?? int.MaxValue)];
        var query = sequence.Row(position);
        var result = new double[60];
        for (var head = 0; head < 6; head++)
        {
            var weights = keys.Select(key =>
                    Math.Exp(Capped(rule.Scale * Enumerable.Range(0, 10).Sum(d => (double)query[(head * 10) + d] * key[60 + (head / 3 * 10) + d]))))
                .ToArray();
            for (var d = 0; d < 10; d++)
            {
                result[(head * 10) + d] = keys.Select((key, t) => weights[t] * key[80 + (head / 3 * 10) + d]).Sum() / weights.Sum();
            }
        }

        return result;

        double Capped(double score) => rule.SoftCap is { } cap ? cap * Math.Tanh(score / cap) : score;
    }

    private static List<float[]> Run(
        ModelKernels kernels,
        CacheLayout layout,
        IReadOnlyList<(Sequence Of, int Tokens)[]> passes,
        Func<int, int> promptIndex,
        Func<int, int> tailIndex,
        AttentionRule? rule = null)
    {
        using var cache = new KeyValueCache(layout);
        var read = new Dictionary<Sequence, int>();
        var outputs = new List<float[]>();
        foreach (var pass in passes)
        {
            using var scope = torch.NewDisposeScope();
            var rows = new List<float>();
            var segments = new List<TokenSegment>();
            foreach (var (sequence, tokens) in pass)
            {
                var from = read.GetValueOrDefault(sequence);
                read[sequence] = from + tokens;
                rows.AddRange(Enumerable.Range(from, tokens).SelectMany(sequence.Row));
                segments.Add(new TokenSegment(promptIndex(sequence.Prompt), sequence.Tail < 0 ? -1 : tailIndex(sequence.Tail), new int[tokens]));
            }

            var batch = new TokenBatch(cache, segments, []);
            var fused = torch.tensor(rows.ToArray(), [batch.Tokens, 100]);
            using var metadata = kernels.Metadata(batch, cache, torch.CPU);
            var attention = kernels.Attention(metadata, cache, Sizes.AttentionShapes);
            outputs.Add(
                Floats(
                    attention.Attend(
                        Block,
                        new Heads(fused, 0, 6, 10),
                        new Heads(fused, 60, 2, 10),
                        new Heads(fused, 80, 2, 10),
                        rule ?? new AttentionRule(Scale))));
            cache.Advance(batch);
        }

        return outputs;
    }

    /// <summary>A sequence whose fused rows [query, key, value] are random numbers of its own.</summary>
    private sealed record Sequence(int Prompt, int Tail, int Length)
    {
        public float[] Row(int position)
        {
            using var row = Random((ulong)(((Prompt * 1000) + Tail + 1) * 1000) + (ulong)position, 100);
            return Floats(row);
        }
    }
}
