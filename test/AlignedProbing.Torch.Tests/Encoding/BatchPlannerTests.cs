using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Tests.Encoding;

public class BatchPlannerTests
{
    private static readonly ModelSizes SmolLM2 = new()
    {
        Blocks = 30,
        Width = 576,
        Vocabulary = 49152,
        QueryHeads = 9,
        KeyValueHeads = 3,
        HeadSize = 64,
        Context = 8192,
        Parameters = 134_515_008,
    };
    private static readonly ModelSizes Llama2 = new()
    {
        Blocks = 32,
        Width = 4096,
        Vocabulary = 32000,
        QueryHeads = 32,
        KeyValueHeads = 32,
        HeadSize = 128,
        Context = 4096,
        Parameters = 6_738_415_616,
    };

    [Fact]
    public void Prompts_go_together_that_make_200_continuations_shortest_first()
    {
        var lengths = Enumerable.Range(0, 17).Select(index => 40 - index).ToArray();
        var batches = BatchPlanner.Plan(lengths, Enumerable.Repeat(500, 17).ToArray(), 25, null, BatchPlanner.CacheTokens);
        Assert.Equal([8, 8, 1], batches.Select(batch => batch.Length));
        Assert.Equal(Enumerable.Range(0, 17).Reverse(), batches.SelectMany(batch => batch));
    }

    [Fact]
    public void A_full_cache_ends_a_batch_and_a_prompt_that_is_too_large_for_it_goes_alone()
    {
        var batches = BatchPlanner.Plan([100, 100, 100, 5000], [500, 500, 500, 500], 25, null, 1200);
        Assert.Equal([2, 1, 1], batches.Select(batch => batch.Length));
    }

    [Fact]
    public void A_batch_size_that_is_asked_for_is_taken_whatever_the_cache()
    {
        var batches = BatchPlanner.Plan([100, 100, 100], [500, 500, 500], 25, 2, 1);
        Assert.Equal([2, 1], batches.Select(batch => batch.Length));
    }

    [Fact]
    public void The_cache_of_a_batch_takes_no_more_than_a_quarter_of_memory()
    {
        // 46,080 and 1,048,576 bytes a token.
        Assert.Equal(BatchPlanner.CacheTokens, BatchPlanner.CacheTokensWithin(SmolLM2, 4L << 30));
        Assert.Equal((1 << 28) / 46_080, BatchPlanner.CacheTokensWithin(SmolLM2, 1L << 30));
        Assert.Equal(2048, BatchPlanner.CacheTokensWithin(Llama2, 8L << 30));
        Assert.Equal(1, BatchPlanner.CacheTokensWithin(Llama2, 1));
    }
}
