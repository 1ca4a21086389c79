using System.Text.Json;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Certificates;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Native;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>Small models whose hidden states, logits, means and greedy continuations Hugging Face has written down (goldens/NOTES.md).</summary>
public sealed class CausalModelGoldenTests
{
    private static readonly int[] AllRows = [0, 1, 2, 3];

    public static TheoryData<string, bool> Runs => GoldenModels.Runs;

    [Fact]
    public void Every_architecture_of_the_catalog_has_a_golden_row()
    {
        var architectures = GoldenModels.Folders.Select(row =>
        {
            using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(SharedData.Path("goldens", "models", row.Data), "config.json")));
            var model = config.RootElement.TryGetProperty("text_config", out var text) ? text : config.RootElement;
            return model.GetProperty("model_type").GetString();
        });
        // "gemma3" is a gemma3_text within a multimodal file, and has a test of its own.
        Assert.Equal(ModelCatalog.Architectures.Where(architecture => architecture != "gemma3"), architectures.Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void States_logits_means_and_continuations_are_Hugging_Faces_together_and_alone_with_cache_and_without(string name, bool asOnGpu)
    {
        using var golden = Load(name, asOnGpu);
        var before = LeakCheck.Baseline();
        var result = golden.Check();
        Assert.Equal(before, LiveTensors.Count);
        Assert.Equal(
            ["hidden_states", "logits_last", "pooled_input", "rows_alone", "logits_full", "generate_logits", "pooled_output"],
            result.Parts.Select(part => part.Tensor).Distinct());
        // Under dynamic scaling Hugging Face's cached keys keep the angles of their step: a pass without cache is another computation, of which nothing is
        // written down.
        Assert.Equal(name == "llama-dynamic" ? 4 : 8, result.Continuations.Count);
        Assert.True(asOnGpu || result.Largest("rows_alone") == 0, "On the CPU a row alone is what it is among others, to the bit.");
    }

    [Fact]
    public void With_dynamic_scaling_a_row_takes_its_own_length_unless_it_is_compared_with_a_batch()
    {
        using var golden = Load("llama-dynamic", asOnGpu: false);
        var (batch, longest, shorter) = (golden.RunPrompts(AllRows), golden.RunPrompts([0]), golden.RunPrompts([1]));
        golden.OwnLengths = true;
        // The longest row's length is the batch's, the second one's is not.
        Assert.Equal(longest.States.SelectMany(states => states), golden.RunPrompts([0]).States.SelectMany(states => states));
        var own = golden.RunPrompts([1]);
        Assert.Equal(shorter.States[0], own.States[0]);
        Assert.True(Difference.Of(shorter.States[^1], own.States[^1], golden.Model.Sizes.Width).Value > 1e-2);
        var first = golden.Prompts[0].Length * golden.Model.Sizes.Width;
        var together = golden.RunPrompts(AllRows);
        Assert.All(Enumerable.Range(0, own.States.Count), layer =>
            Assert.Equal(own.States[layer], together.States[layer].AsSpan(first, own.States[layer].Length).ToArray()));
        Assert.All(Enumerable.Range(0, own.States.Count), layer =>
            Assert.Equal(shorter.States[layer], batch.States[layer].AsSpan(first, own.States[layer].Length).ToArray()));
        Assert.Equal(16, ModelCatalog.Describe(SharedData.Path("goldens", "models", "llama-dynamic")).Sizes.RotaryByLengthAbove);
        Assert.Null(ModelCatalog.Describe(SharedData.Path("goldens", "models", "llama")).Sizes.RotaryByLengthAbove);
    }

    private static CausalModelGolden Load(string name, bool asOnGpu) => new(name, asOnGpu ? TorchKernels.Instance : null);
}
