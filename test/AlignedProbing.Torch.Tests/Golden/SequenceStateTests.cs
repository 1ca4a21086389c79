using AlignedProbing.Runs;
using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>States that blocks keep in the place of keys and values: shared by a prompt's continuations, and the same in any batch.</summary>
public sealed class SequenceStateTests
{
    private const int Tokens = 5;

    private static readonly int[] Next = [7, 31, 12, 99, 54];

    public static TheoryData<string, bool> Runs => GoldenModels.WithStates;

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_prompts_continuations_go_on_from_its_state_and_not_from_one_anothers(string name, bool asOnGpu)
    {
        using var golden = Load(name, asOnGpu);
        var prompt = golden.Prompts[1];
        int[][] tails = [Next, [.. Next.Reverse()], [.. Next.Select(id => id + 1)]];
        using var cache = new KeyValueCache(CacheLayout.Uniform([prompt.Length], tails.Length, Tokens));
        Read(golden.Model, cache, new TokenSegment(0, -1, prompt));
        // In pieces, in turn.
        foreach (var (first, count) in ((int, int)[])[(0, 2), (2, 1), (3, 1)])
        {
            Read(golden.Model, cache, [.. tails.Select((tail, index) => new TokenSegment(0, index, tail.AsMemory(first, count)))]);
        }

        var found = Read(golden.Model, cache, [.. tails.Select((tail, index) => new TokenSegment(0, index, tail.AsMemory(4, 1)))]);
        Assert.All(tails.Index(), pair =>
        {
            int[] whole = [.. prompt, .. pair.Item];
            using var own = new KeyValueCache(CacheLayout.Uniform([whole.Length], 0, 0));
            var alone = Read(golden.Model, own, new TokenSegment(0, -1, whole));
            GoldenTensors.Near(alone[^1], found[pair.Index], 1e-5, $"logits after continuation {pair.Index}");
        });
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_sequences_state_does_not_depend_on_its_batch_nor_on_where_its_prompt_is_cut(string name, bool asOnGpu)
    {
        using var golden = Load(name, asOnGpu);
        var (one, other) = (golden.Prompts[0], golden.Prompts[2]);
        using var together = new KeyValueCache(CacheLayout.Uniform([one.Length, other.Length], 0, 0));
        using var turned = new KeyValueCache(CacheLayout.Uniform([other.Length, one.Length], 0, 0));
        using var inPieces = new KeyValueCache(CacheLayout.Uniform([one.Length], 0, 0));
        var first = Read(golden.Model, together, new TokenSegment(0, -1, one), new TokenSegment(1, -1, other));
        var second = Read(golden.Model, turned, new TokenSegment(0, -1, other), new TokenSegment(1, -1, one));
        Read(golden.Model, inPieces, new TokenSegment(0, -1, one.AsMemory(0, 9)));
        var third = Read(golden.Model, inPieces, new TokenSegment(0, -1, one.AsMemory(9)));
        if (asOnGpu)
        {
            GoldenTensors.Near(first[0], second[1], 1e-5, "in another order");
            GoldenTensors.Near(first[0], third[0], 1e-5, "in pieces");
        }
        else
        {
            Assert.Equal(first[0], second[1]);
            Assert.Equal(first[1], second[0]);
            Assert.Equal(first[0], third[0]);
        }
    }

    [Fact]
    public void A_batch_holds_no_more_sequences_than_their_states_leave_memory_for()
    {
        var sizes = ModelSizes.OfStates(blocks: 64, width: 2560, vocabulary: 50_288, state: 5120 * 128, parameters: 1);
        // 160 MiB a sequence: of 26 sequences a prompt, 4 prompts in a quarter of 70 GiB.
        Assert.Equal(167_772_160, sizes.StateBytes);
        Assert.Equal(0, sizes.TokenBytes);
        Assert.Equal(4, BatchPlanner.PromptsWithin(sizes, 25, 70L << 30));
        Assert.Equal(1, BatchPlanner.PromptsWithin(sizes, 25, 1L << 30));
        Assert.Equal(8, BatchPlanner.PromptsWithin(sizes, 25, 1L << 40));
        Assert.Equal([4, 4, 2], BatchPlanner.Plan(new int[10], new int[10], 25, null, prompts: 4).Select(batch => batch.Length));
        Assert.Equal([7, 3], BatchPlanner.Plan(new int[10], new int[10], 25, 7, prompts: 4).Select(batch => batch.Length));
    }

    [Fact]
    public void What_a_plan_foresees_has_a_state_of_each_prompt_and_of_each_continuation()
    {
        var sizes = ModelSizes.OfStates(blocks: 2, width: 8, vocabulary: 10, state: 100, parameters: 1);
        var memory = new BatchMemory(sizes, new EncodingManifest(), batchSize: 4, memory: 1L << 30);
        Assert.Equal(3 * (1 + 5) * 2 * 100 * 4, memory.Largest([7, 7, 7], [40, 40, 40], [5, 5, 5], inner: 16).Cache);
    }

    [Fact]
    public void A_block_with_a_state_counts_it_with_the_inputs_that_its_convolution_looks_back_at()
    {
        // Three blocks of 80 channels, each with a state of 6 and 3 inputs.
        Assert.Equal(3 * 80 * (6 + 3) * 4, Sizes("mamba").StateBytes);
        Assert.Equal(0, Sizes("mamba").TokenBytes);
        Assert.Equal(0, Sizes("llama").StateBytes);
        Assert.Equal(Sizes("llama").Blocks * Sizes("llama").KeyValueHeads * Sizes("llama").HeadSize * 2 * 4, Sizes("llama").TokenBytes);
    }

    private static ModelSizes Sizes(string name)
    {
        using var golden = Load(name, asOnGpu: false);
        return golden.Model.Sizes;
    }

    /// <summary>Logits of each segment's last token.</summary>
    private static float[][] Read(CausalModel model, KeyValueCache cache, params TokenSegment[] segments)
    {
        var (recorder, last) = (new StateRecorder(), 0);
        model.Forward(new TokenBatch(cache, segments, [.. segments.Select(segment => (last += segment.Ids.Length) - 1)]), cache, recorder);
        return [.. recorder.Logits.Chunk(model.Sizes.Vocabulary)];
    }

    private static CausalModelGolden Load(string name, bool asOnGpu) => new(name, asOnGpu ? TorchKernels.Instance : null);
}
