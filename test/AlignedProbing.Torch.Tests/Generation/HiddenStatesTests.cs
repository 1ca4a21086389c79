using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Tests.Encoding;
using AlignedProbing.Torch.Tests.Native;

namespace AlignedProbing.Torch.Tests.Generation;

public sealed class HiddenStatesTests
{
    [Fact]
    public void The_mean_of_a_prompts_tokens_is_to_the_bit_what_the_encode_stage_writes()
    {
        using var demo = new DemoRun();
        var prompts = DemoRun.Prompts();
        var run = demo.Start("run", prompts, new EncodingManifest { Continuations = "given", Samples = 3 });
        Assert.Empty(demo.Encode(run).Failed);
        var (stored, shape) = NpyFile.ReadAll(run.VectorsPath(0, "input", "mean"));
        var (layers, width) = (demo.Model.Sizes.HiddenStates, demo.Model.Sizes.Width);
        Assert.Equal([layers, prompts.Length, width], shape);
        var mean = new float[width];
        for (var p = 0; p < prompts.Length; p++)
        {
            var rendered = demo.Inputs.Renderer.Render(prompts[p]);
            var states = HiddenStates.Of(demo.Model, rendered.Ids);
            Assert.Equal((layers, rendered.Ids.Length, width), (states.Layers, states.Tokens, states.Width));
            for (var layer = 0; layer < layers; layer++)
            {
                states.Mean(layer, rendered.SpanStart, rendered.SpanEnd, mean);
                Assert.Equal(stored.AsSpan(((layer * prompts.Length) + p) * width, width).ToArray(), mean);
            }
        }
    }

    [Fact]
    public void The_mean_of_one_token_is_its_state_and_of_none_is_no_number()
    {
        using var demo = new DemoRun();
        var states = HiddenStates.Of(demo.Model, [5, 9, 7]);
        var mean = new float[states.Width];
        states.Mean(3, 1, 2, mean);
        Assert.Equal(states.Of(3, 1).ToArray(), mean);
        states.Mean(3, 1, 1, mean);
        Assert.All(mean, value => Assert.True(float.IsNaN(value)));
        var empty = HiddenStates.Of(demo.Model, []);
        Assert.Equal((demo.Model.Sizes.HiddenStates, 0, demo.Model.Sizes.Width), (empty.Layers, empty.Tokens, empty.Width));
        empty.Mean(0, 0, 0, mean);
        Assert.All(mean, value => Assert.True(float.IsNaN(value)));
    }

    [Fact]
    public void What_is_not_there_cannot_be_asked_for()
    {
        using var demo = new DemoRun();
        var states = HiddenStates.Of(demo.Model, [5, 9]);
        var mean = new float[states.Width];
        Assert.Throws<ArgumentOutOfRangeException>(() => states.Of(states.Layers, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => states.Of(0, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => states.Mean(0, 0, 3, mean));
        Assert.Throws<ArgumentOutOfRangeException>(() => states.Mean(0, 2, 1, mean));
        Assert.Throws<ArgumentOutOfRangeException>(() => states.Mean(-1, 0, 1, mean));
        Assert.Throws<ArgumentException>(() => states.Mean(0, 0, 1, new float[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => HiddenStates.Of(demo.Model, [demo.Model.Sizes.Vocabulary]));
        Assert.Throws<ArgumentOutOfRangeException>(() => HiddenStates.Of(demo.Model, [.. Enumerable.Repeat(5, demo.Model.Sizes.Context + 1)]));
    }

    [Fact]
    public void No_tensor_is_left()
    {
        using var demo = new DemoRun();
        LeakCheck.TenTimes(() => HiddenStates.Of(demo.Model, [5, 9, 7]));
    }
}
