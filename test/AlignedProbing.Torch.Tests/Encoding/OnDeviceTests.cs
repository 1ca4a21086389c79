using AlignedProbing.Torch.Generation.Pooling;
using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Generation.Sampling;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Golden;
using AlignedProbing.Torch.Tests.Models;
using AlignedProbing.Torch.Tests.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Tests.Encoding;

/// <summary>Batches computed as on a GPU, on the CPU and on a device that has no numbers.</summary>
public sealed class OnDeviceTests
{
    private const int NewTokens = 5;

    /// <summary>Passes: the prompts' and one for each new token, after the last of which nothing is sampled.</summary>
    private const int Passes = 1 + NewTokens;

    static OnDeviceTests() => TorchRuntime.EnsureLoaded();

    public static TheoryData<string> Types => TinyModel.Types;

    [Theory]
    [InlineData("llama", 1)]
    [InlineData("gemma3_text", 2)]
    [InlineData("mixtral", 1)]
    [InlineData("gpt2", 0)]
    public void A_step_waits_for_the_device_as_often_however_many_blocks_there_are(string type, int rotaryEmbeddings)
    {
        foreach (var blocks in (int[])[2, 6])
        {
            using var model = TinyModel.Load(type, blocks, new ModelLoadOptions { Kernels = TorchKernels.Instance });
            using var count = DeviceCopies.Count();
            Run(model, Prompts());
            // The batch's indices, cosines and sines, whose rows are whose, and in all passes but the last what tokens are drawn with.
            Assert.Equal((Passes * (2 + rotaryEmbeddings)) + Passes - 1, count.ToDevice);
            // The tokens drawn, and when all is done two kinds of pooling of prompts, instructions and outputs.
            Assert.Equal(Passes - 1 + (2 * 3), count.ToHost);
            var vectors = 2L * (blocks + 1) * model.Sizes.Width * (5 + 5 + 10);
            Assert.Equal(vectors + (2 * 3 * 5 * NewTokens), count.ElementsToHost);
        }
    }

    /// <summary>Not GPT-2: libtorch has no layer norm of shapes alone.</summary>
    [Theory]
    [InlineData("llama")]
    [InlineData("gemma3_text")]
    [InlineData("mixtral")]
    public void A_pass_on_a_device_without_numbers_asks_it_for_none_and_mixes_no_devices(string type)
    {
        var meta = new torch.Device(DeviceType.META);
        using var model = TinyModel.Load(type, 2, new ModelLoadOptions { Kernels = TorchKernels.Instance, TorchDevice = meta });
        var before = LeakCheck.Baseline();
        using (DeviceCopies.Count(tensor => torch.zeros(tensor.shape, tensor.dtype)))
        {
            var batch = Run(model, Prompts());
            Assert.All(batch.Continuations, list => Assert.All(list, continuation => Assert.Equal(NewTokens, continuation.Ids.Count)));
        }

        Assert.Equal(before, LiveTensors.Count);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Continuations_and_vectors_are_the_CPUs_to_rounding(string type)
    {
        using var model = TinyModel.Load(type, 3, new ModelLoadOptions());
        using var onDevice = TinyModel.Load(type, 3, new ModelLoadOptions { Kernels = TorchKernels.Instance });
        var expected = Run(model, Prompts());
        var before = LeakCheck.Baseline();
        var found = Run(onDevice, Prompts());
        Assert.Equal(before, LiveTensors.Count);
        Assert.Equal(Ids(expected), Ids(found));
        Assert.True(Ids(expected).Distinct().Count() > 10);
        Near(expected.Input, found.Input);
        Near(expected.Instruction, found.Instruction);
        Near(expected.Output, found.Output);

        static IEnumerable<string> Ids(EncodedBatch batch) =>
            batch.Continuations.SelectMany(list => list.Select(continuation => string.Join(' ', continuation.Ids)));
    }

    [Fact]
    public void Prompts_of_more_rows_than_all_experts_work_on_go_to_the_experts_that_they_choose()
    {
        using var model = TinyModel.Load("mixtral", 2, new ModelLoadOptions());
        using var onDevice = TinyModel.Load("mixtral", 2, new ModelLoadOptions { Kernels = TorchKernels.Instance });
        PromptTokens[] prompts = [.. Prompts(), Prompt(9, 300, 10, 290)];
        var expected = Run(model, prompts);
        using var count = DeviceCopies.Count();
        var found = Run(onDevice, prompts);
        Assert.Equal((Passes * 3) + Passes - 1 + (2 * 2), count.ToDevice);
        Assert.Equal(Passes - 1 + (2 * 3) + 2, count.ToHost);
        Near(expected.Input, found.Input);
    }

    private static EncodedBatch Run(CausalModel model, IReadOnlyList<PromptTokens> prompts)
    {
        var options = new BatchEncoderOptions
        {
            Samples = 3,
            MaxNewTokens = NewTokens,
            Seed = 3,
            Keep = [0, 2],
            Pooling = [PoolingKind.Mean, PoolingKind.Max],
            EndOfText = new HashSet<int>(),
        };
        return new BatchEncoder(model, options, new TokenSampler(new TokenSamplerOptions())).Run(prompts, TestContext.Current.CancellationToken);
    }

    /// <summary>Prompts of unlike lengths, with a template's tokens before and after their text.</summary>
    private static PromptTokens[] Prompts() => [Prompt(0, 1, 0, 1), Prompt(1, 17, 0, 17), Prompt(2, 9, 2, 7), Prompt(3, 30, 5, 29), Prompt(4, 12, 3, 12)];

    private static PromptTokens Prompt(int number, int length, int start, int end) =>
        new($"p{number}", [.. Enumerable.Range(0, length).Select(i => ((number * 31) + (i * 7)) % TinyModel.Vocabulary)], start, end, null);

    private static void Near(PooledVectors expected, PooledVectors found)
    {
        Assert.Equal((expected.Layers, expected.Targets), (found.Layers, found.Targets));
        var (a, b) = (new float[expected.Width], new float[expected.Width]);
        for (var kind = 0; kind < expected.Kinds.Count; kind++)
        {
            for (var cell = 0; cell < expected.Layers * expected.Targets; cell++)
            {
                expected.CopyTo(kind, cell / expected.Targets, cell % expected.Targets, a);
                found.CopyTo(kind, cell / expected.Targets, cell % expected.Targets, b);
                GoldenTensors.Near(a, b, 1e-4, $"{expected.Kinds[kind]}, layer {cell / expected.Targets}, target {cell % expected.Targets}");
            }
        }
    }
}
