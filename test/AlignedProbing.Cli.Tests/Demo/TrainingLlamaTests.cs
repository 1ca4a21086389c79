using AlignedProbing.Tools.TrainDemo;
using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Cli.Tests.Demo;

[Collection(LiveTensorCollection.Name)]
public sealed class TrainingLlamaTests
{
    private static readonly DemoModelSizes Small = new()
    {
        VocabularySize = 11,
        Width = 16,
        FeedForwardWidth = 24,
        Layers = 2,
        Heads = 4,
        KeyValueHeads = 2,
        Context = 8,
    };

    public TrainingLlamaTests() => TorchRuntime.EnsureLoaded();

    [Fact]
    public void A_token_sees_none_of_those_behind_it()
    {
        using var scope = NewDisposeScope();
        using var model = new TrainingLlama(Small, seed: 3);
        var first = AdamW.Floats(model.Forward(tensor(new long[] { 1, 2, 3, 4 }, [1, 4]), 0)).ToArray();
        var second = AdamW.Floats(model.Forward(tensor(new long[] { 1, 2, 3, 9 }, [1, 4]), 0)).ToArray();
        Assert.Equal(first[..33], second[..33]);
        Assert.NotEqual(first[33..], second[33..]);
    }

    [Fact]
    public void The_weights_hang_on_the_seed_alone()
    {
        using var model = new TrainingLlama(Small, seed: 3);
        using var same = new TrainingLlama(Small, seed: 3);
        using var other = new TrainingLlama(Small, seed: 4);
        Assert.Equal(Query(model), Query(same));
        Assert.NotEqual(Query(model), Query(other));

        static float[] Query(TrainingLlama model) => AdamW.Floats(model.Weights["model.layers.1.self_attn.q_proj.weight"]).ToArray();
    }

    [Fact]
    public void The_first_step_of_adam_moves_each_weight_by_the_learning_rate_against_its_gradient()
    {
        using var scope = NewDisposeScope();
        var weight = tensor([1f, 2f, 3f]);
        weight.requires_grad = true;
        weight.mul(tensor([0.1f, -0.2f, 0f])).sum().backward();
        new AdamW([(weight, true)], weightDecay: 0.5f).Step(0.01f);
        // Decay by 0.01 * 0.5 of the weight, then 0.01 in the direction of the gradient's sign.
        float[] expected = [1f - 0.005f - 0.01f, 2f - 0.01f + 0.01f, 3f - 0.015f];
        Assert.All(expected.Zip(AdamW.Floats(weight).ToArray()), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1e-5));
        Assert.Equal([0f, 0f, 0f], AdamW.Floats(weight.grad!).ToArray());
    }

    [Fact]
    public void Training_steps_lower_the_loss_and_leave_no_tensor_behind()
    {
        using var model = new TrainingLlama(Small, seed: 3);
        var optimizer = new AdamW([.. model.Weights.Values.Select(weight => (weight, true))], 0.01f);
        var before = Step(model, optimizer);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var live = LiveTensors.Count;
        for (var i = 0; i < 20; i++)
        {
            Step(model, optimizer);
        }

        Assert.Equal(live, LiveTensors.Count);
        Assert.InRange(Step(model, optimizer), 0, before / 2);
    }

    private static float Step(TrainingLlama model, AdamW optimizer)
    {
        using var scope = NewDisposeScope();
        var logits = model.Forward(tensor(new long[] { 1, 2, 3, 4, 5, 6 }, [2, 3]), 0);
        var loss = nn.functional.cross_entropy(logits.view(6, 11), tensor(new long[] { 2, 3, 4, 5, 6, 7 }));
        loss.backward();
        optimizer.Step(0.02f);
        return AdamW.Floats(loss)[0];
    }
}
