using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Certificates;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Interventions;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Native;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>
/// A model whose block is bypassed, or whose states are freed of a direction or pushed along it, as Hugging Face's model with hooks has written down
/// (goldens/NOTES.md).
/// </summary>
public sealed class SiteEditorGoldenTests
{
    /// <summary>Block 1, counted from 0.</summary>
    private const int Layer = 2;

    [Theory]
    [InlineData("llama", false)]
    [InlineData("llama", true)]
    [InlineData("gpt_neox", false)]
    [InlineData("gpt_neox", true)]
    [InlineData("llama-ablate", false)]
    [InlineData("llama-ablate", true)]
    [InlineData("llama-steer", false)]
    [InlineData("llama-steer", true)]
    public void An_edited_models_states_logits_and_continuations_are_Hugging_Faces(string edited, bool asOnGpu)
    {
        var folder = SharedData.Path("goldens", "models", edited.Split('-')[0]);
        var expected = Path.Combine(SharedData.Path("goldens", "bypass"), $"{edited}.safetensors");
        using var model = ModelCatalog.Load(folder, new ModelLoadOptions { Kernels = asOnGpu ? TorchKernels.Instance : null });
        var before = LeakCheck.Baseline();
        var options = new ModelComparisonOptions { EndOfText = GenerationSettings.FromFolder(folder).EndOfText };
        ModelComparisonResult result;
        using (var intervention = Editor(model, edited, expected))
        {
            result = ModelComparison.Run(model, expected, options with { Editor = intervention }, TestContext.Current.CancellationToken);
        }

        Assert.Equal(before, LiveTensors.Count);
        Assert.True(result.Within);
        Assert.All(["hidden_states", "logits_last", "logits_full", "generate_logits"], tensor => Assert.NotNull(result.Largest(tensor)));
        Assert.Equal(8, result.Continuations.Count);
        Assert.False(ModelComparison.Run(model, expected, options, TestContext.Current.CancellationToken).Within);
    }

    private static Intervention Editor(CausalModel model, string edited, string expected)
    {
        if (!edited.Contains('-', StringComparison.Ordinal))
        {
            return new Intervention(model, [new Bypass { Layers = [Layer] }]);
        }

        using var tensors = new GoldenTensors(expected);
        var direction = new EditDirection(tensors.Floats("vector").Values);
        return new Intervention(model, [edited == "llama-ablate" ? new Ablate(direction) { Layers = [Layer] } : new Steer(direction, 3) { Layers = [Layer] }]);
    }
}
