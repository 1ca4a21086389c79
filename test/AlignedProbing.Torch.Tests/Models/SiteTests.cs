using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Encoding;
using AlignedProbing.Torch.Tests.Golden;
using AlignedProbing.Torch.Tests.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Tests.Models;

public sealed class SiteTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_site_hands_out_its_value_once_a_pass_in_the_order_of_the_list(bool asOnGpu)
    {
        using var model = ModelCatalog.Load(DemoRun.ModelFolder, new ModelLoadOptions { Kernels = asOnGpu ? TorchKernels.Instance : null });
        Assert.Equal(
            ["embedding", "blocks.0.input", "blocks.0.attention_output", "blocks.0.feed_forward_output", "blocks.0.output", "blocks.1.input"],
            model.Sites.Take(6).Select(site => site.ToString()));
        Assert.Equal("final_norm", model.Sites[^1].ToString());
        var before = LeakCheck.Baseline();
        using (var cache = new KeyValueCache(CacheLayout.Uniform([5, 3], 2, 4)))
        {
            Check(model, cache, new TokenBatch(cache, [new TokenSegment(0, -1, new[] { 5, 9, 7, 700, 8 }), new TokenSegment(1, -1, new[] { 90, 6, 11 })], [4]));
            Check(
                model,
                cache,
                new TokenBatch(
                    cache,
                    [new TokenSegment(0, 1, new[] { 12 }), new TokenSegment(1, 2, new[] { 13, 14 }), new TokenSegment(1, 3, new[] { 15 })],
                    [0]));
        }

        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public void Reading_changes_nothing_and_keeps_nothing()
    {
        using var model = ModelCatalog.Load(DemoRun.ModelFolder, new ModelLoadOptions());
        var (without, with) = (Run(null), Run(new Reader()));
        Assert.Equal(without.States.SelectMany(states => states), with.States.SelectMany(states => states));
        Assert.Equal(without.Logits, with.Logits);
        Assert.Equal(without.LiveTensors, with.LiveTensors);

        StateRecorder Run(ISiteEditor? editor)
        {
            using var cache = new KeyValueCache(CacheLayout.Uniform([4], 0, 0));
            var recorder = new StateRecorder();
            model.Forward(new TokenBatch(cache, [new TokenSegment(0, -1, new[] { 5, 9, 7, 700 })], [3]), cache, recorder, editor);
            return recorder;
        }
    }

    [Fact]
    public void Without_an_editor_a_site_makes_no_tensor_and_no_object()
    {
        using var model = ModelCatalog.Load(DemoRun.ModelFolder, new ModelLoadOptions());
        using var cache = new KeyValueCache(CacheLayout.Uniform([2], 0, 0));
        using var pass = new ForwardPass(
            model.Sizes,
            new TokenBatch(cache, [new TokenSegment(0, -1, new[] { 5, 9 })], []),
            cache,
            new StateRecorder(),
            editor: null,
            torch.CPU,
            ManagedKernels.Instance);
        using var value = torch.zeros(2, model.Sizes.Width);
        pass.At(SiteKind.BlockInput, 0, value);
        var (tensors, bytes) = (LeakCheck.Baseline(), GC.GetAllocatedBytesForCurrentThread());
        for (var i = 0; i < 1000; i++)
        {
            pass.At(SiteKind.BlockInput, 0, value);
        }

        Assert.Equal(bytes, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(tensors, LiveTensors.Count);
    }

    /// <summary>Runs a batch and compares what is read at the sites with the hidden states, and with one another.</summary>
    private static void Check(CausalModel model, KeyValueCache cache, TokenBatch batch)
    {
        var (reader, recorder) = (new Reader(), new StateRecorder());
        model.Forward(batch, cache, recorder, reader);
        Assert.Equal(model.Sites, reader.Read.Select(read => read.Site));
        Assert.All(reader.Read, read => Assert.Equal((batch.Tokens * model.Sizes.Width, batch), (read.Values.Length, read.Batch)));

        var values = reader.Read.ToDictionary(read => read.Site.ToString(), read => read.Values);
        Assert.Equal(recorder.States[0], values["embedding"]);
        for (var block = 0; block < model.Sizes.Blocks; block++)
        {
            var (input, attention, feedForward, output) = (
                values[$"blocks.{block}.input"],
                values[$"blocks.{block}.attention_output"],
                values[$"blocks.{block}.feed_forward_output"],
                values[$"blocks.{block}.output"]);
            Assert.Equal(recorder.States[block], input);
            Assert.Equal(input.Select((x, i) => (x + attention[i]) + feedForward[i]), output);
            Assert.NotEqual(input, output);
            Assert.True(block == model.Sizes.Blocks - 1 || output.SequenceEqual(recorder.States[block + 1]));
        }

        Assert.Equal(recorder.States[^1], values["final_norm"]);
        Assert.NotEqual(values[$"blocks.{model.Sizes.Blocks - 1}.output"], values["final_norm"]);
    }

    private sealed class Reader : ISiteEditor
    {
        public List<(Site Site, float[] Values, TokenBatch Batch)> Read { get; } = [];

        public void At(Site site, torch.Tensor value, TokenBatch batch)
        {
            Assert.Equal(torch.ScalarType.Float32, value.dtype);
            Assert.Equal(batch.Tokens, value.size(0));
            Assert.Equal(2, value.dim());
            Read.Add((site, TensorMemory.Span<float>(value).ToArray(), batch));
        }
    }
}
