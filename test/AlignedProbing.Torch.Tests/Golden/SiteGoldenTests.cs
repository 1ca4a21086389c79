using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>
/// The sites of docs/reference/sites.md, which all architectures have alike: what they hand out, and that what is written into them is what the model goes on
/// with.
/// </summary>
public sealed class SiteGoldenTests
{
    private static readonly int[] Rows = [1, 3];

    public static TheoryData<string, bool> Runs => GoldenModels.Runs;

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_block_passes_on_what_it_reads_and_what_its_two_parts_add(string name, bool asOnGpu)
    {
        using var golden = Load(name, asOnGpu);
        var values = new Dictionary<string, float[]>();
        golden.Editor = new Editor((site, states) => values.Add(site.ToString(), states.ToArray()));
        var before = LeakCheck.Baseline();
        var found = golden.RunPrompts(Rows);
        Assert.Equal(before, LiveTensors.Count);

        Assert.Equal(golden.Model.Sites.Select(site => site.ToString()), values.Keys);
        var hasTwoParts = golden.Model.Sites.Any(site => site.Kind == SiteKind.FeedForwardOutput);
        Assert.Equal(hasTwoParts, !GoldenModels.OfMixers.Contains(name));
        Assert.Equal(hasTwoParts ? Site.OfDecoder(golden.Model.Sizes.Blocks) : Site.OfMixers(golden.Model.Sizes.Blocks), golden.Model.Sites);
        Assert.Equal(found.States[0], values["embedding"]);
        for (var block = 0; block < golden.Model.Sizes.Blocks; block++)
        {
            var (input, attention, feedForward) = (
                values[$"blocks.{block}.input"],
                values[$"blocks.{block}.attention_output"],
                values.GetValueOrDefault($"blocks.{block}.feed_forward_output"));
            Assert.Equal(found.States[block], input);
            if (GoldenModels.WithMoreThanParts.Contains(name))
            {
                continue;
            }

            GoldenTensors.Near(
                input.Select((x, i) => x + attention[i] + (feedForward?[i] ?? 0)).ToArray(),
                values[$"blocks.{block}.output"],
                1e-5,
                $"output of block {block}");
        }

        Assert.Equal(found.States[^1], values["final_norm"]);
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_block_whose_parts_add_nothing_passes_on_what_it_reads(string name, bool asOnGpu)
    {
        using var golden = Load(name, asOnGpu);
        golden.Editor = new Editor((site, states) =>
        {
            if (site is { Kind: SiteKind.AttentionOutput or SiteKind.FeedForwardOutput, Block: 1 })
            {
                states.Clear();
            }
        });
        var found = golden.RunPrompts(Rows);
        if (GoldenModels.WithMoreThanParts.Contains(name))
        {
            Assert.NotEqual(found.States[1], found.States[2]);
            return;
        }

        Assert.Equal(found.States[1], found.States[2]);
    }

    [Fact]
    public void A_block_of_Gemma_4_multiplies_its_input_and_its_two_parts_by_its_own_number()
    {
        using var golden = Load("gemma4_text", asOnGpu: false);
        using var weights = new GoldenTensors(SharedData.Path("goldens", "models", "gemma4_text", "model.safetensors"));
        var values = new Dictionary<string, float[]>();
        golden.Editor = new Editor((site, states) => values.Add(site.ToString(), states.ToArray()));
        golden.RunPrompts(Rows);
        for (var block = 0; block < golden.Model.Sizes.Blocks; block++)
        {
            var factor = weights.Floats($"model.layers.{block}.layer_scalar").Values[0];
            var (attention, feedForward) = (values[$"blocks.{block}.attention_output"], values[$"blocks.{block}.feed_forward_output"]);
            GoldenTensors.Near(
                values[$"blocks.{block}.input"].Select((x, i) => factor * (x + attention[i] + feedForward[i])).ToArray(),
                values[$"blocks.{block}.output"],
                1e-5,
                $"output of block {block}");
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void What_is_written_at_any_site_of_the_stream_is_what_follows(string name, bool asOnGpu)
    {
        using var golden = Load(name, asOnGpu);
        var plain = golden.RunPrompts(Rows);
        foreach (var changed in golden.Model.Sites.Where(site => site.Kind is not (SiteKind.AttentionOutput or SiteKind.FeedForwardOutput)))
        {
            float[] written = [];
            golden.Editor = new Editor((site, states) =>
            {
                if (site == changed)
                {
                    states.Reverse();
                    written = states.ToArray();
                }
            });
            var found = golden.RunPrompts(Rows);
            Assert.NotEqual(plain.Logits, found.Logits);
            var next = changed.Kind switch
            {
                SiteKind.Embedding => 0,
                SiteKind.FinalNorm => golden.Model.Sizes.Blocks,
                SiteKind.BlockOutput => changed.Block + 1,
                _ => -1,
            };
            Assert.True(
                next < 0 || (changed.Kind == SiteKind.BlockOutput && next == golden.Model.Sizes.Blocks) || found.States[next].AsSpan().SequenceEqual(written),
                $"{changed}");
        }
    }

    private static CausalModelGolden Load(string name, bool asOnGpu) => new(name, asOnGpu ? TorchKernels.Instance : null);

    private sealed class Editor(SpanAction edit) : ISiteEditor
    {
        public void At(Site site, torch.Tensor value, TokenBatch batch) => edit(site, TensorMemory.Span<float>(value));
    }

    private delegate void SpanAction(Site site, Span<float> states);
}
