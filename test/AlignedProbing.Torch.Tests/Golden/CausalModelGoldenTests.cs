using System.Text.Json;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Models.Kernels;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Native;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>Small models whose hidden states, logits, means and greedy continuations Hugging Face has written down (goldens/NOTES.md).</summary>
public sealed class CausalModelGoldenTests
{
    private static readonly int[] AllRows = [0, 1, 2, 3];

    public static TheoryData<string> Folders => GoldenModels.Folders;

    public static TheoryData<string, bool> Runs => GoldenModels.Runs;

    public static TheoryData<string, bool> RunsWithoutCache => GoldenModels.RunsWithoutCache;

    [Fact]
    public void Every_architecture_of_the_catalog_has_a_golden_row()
    {
        var architectures = GoldenModels.Folders.Select(row =>
        {
            using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(SharedData.Path("goldens", "models", row.Data), "config.json")));
            return config.RootElement.GetProperty("model_type").GetString();
        });
        // "gemma3" is a gemma3_text within a multimodal file, and has a test of its own.
        Assert.Equal(ModelCatalog.Architectures.Where(architecture => architecture != "gemma3"), architectures.Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void States_logits_and_means_of_a_batch_of_unlike_lengths_are_Hugging_Faces(string name, bool asOnGpu)
    {
        using var golden = Load(name, asOnGpu);
        var before = LeakCheck.Baseline();
        var differences = golden.Measure();
        Assert.Equal(before, LiveTensors.Count);
        TestContext.Current.TestOutputHelper!.WriteLine(differences.Row(asOnGpu ? $"{name}, torch" : name));
        differences.Check();
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_row_alone_gives_what_it_gives_among_others_to_the_bit(string name)
    {
        using var golden = Load(name, asOnGpu: false);
        var together = golden.RunPrompts(AllRows);
        var first = 0;
        for (var row = 0; row < 4; row++)
        {
            var alone = golden.RunPrompts([row]);
            golden.CheckPrompts([row], alone);
            var width = golden.Model.Sizes.Width;
            for (var layer = 0; layer < alone.States.Count; layer++)
            {
                Assert.Equal(alone.States[layer], together.States[layer].AsSpan(first * width, alone.States[layer].Length).ToArray());
            }

            first += golden.Prompts[row].Length;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Greedy_continuations_with_cache_are_Hugging_Faces(string name, bool asOnGpu)
    {
        using var golden = Load(name, asOnGpu);
        var before = LeakCheck.Baseline();
        golden.CheckContinuations(cached: true);
        Assert.Equal(before, LiveTensors.Count);
    }

    [Theory]
    [MemberData(nameof(RunsWithoutCache))]
    public void Greedy_continuations_without_cache_are_Hugging_Faces(string name, bool asOnGpu)
    {
        using var golden = Load(name, asOnGpu);
        golden.CheckContinuations(cached: false);
    }

    [Fact]
    public void With_dynamic_scaling_a_row_takes_its_own_length_unless_it_is_compared_with_a_batch()
    {
        using var golden = Load("llama-dynamic", asOnGpu: false);
        golden.OwnLengths = true;
        var together = golden.RunPrompts(AllRows);
        // The longest row's length is the batch's, the second one's is not.
        golden.CheckPrompts([0], golden.RunPrompts([0]));
        golden.CheckContinuation(0, cached: true);
        var second = golden.RunPrompts([1]);
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => golden.CheckPrompts([1], second));
        var first = golden.Prompts[0].Length * golden.Model.Sizes.Width;
        Assert.All(Enumerable.Range(0, together.States.Count), layer => Assert.Equal(second.States[layer], together.States[layer].AsSpan(first, second.States[layer].Length).ToArray()));
        Assert.Equal(16, ModelCatalog.Describe(SharedData.Path("goldens", "models", "llama-dynamic")).Sizes.RotaryByLengthAbove);
        Assert.Null(ModelCatalog.Describe(SharedData.Path("goldens", "models", "llama")).Sizes.RotaryByLengthAbove);
    }

    private static CausalModelGolden Load(string name, bool asOnGpu) => new(name, asOnGpu ? TorchKernels.Instance : null);
}
