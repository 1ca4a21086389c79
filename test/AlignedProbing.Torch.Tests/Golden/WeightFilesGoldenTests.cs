using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Certificates;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>Folders in which several files claim to be the weights: those that transformers takes are taken (cases/README.md).</summary>
public sealed class WeightFilesGoldenTests
{
    [Theory]
    [InlineData("two-weights")]
    [InlineData("dupshard")]
    public void The_weights_are_those_that_transformers_takes(string name)
    {
        var folder = SharedData.Path("cases", "weights", name);
        var json = SharedData.Path("goldens", "models", "llama", "expected.json");
        using var golden = new CausalModelGolden(folder, Path.Combine(folder, "expected"), new ModelLoadOptions(), json);
        using var expected = new GoldenTensors(Path.Combine(folder, "expected.safetensors"));
        var found = golden.RunPrompts([0, 1]);
        Assert.InRange(Difference.Of(expected.Floats("logits_last").Values, [.. found.Logits], golden.Model.Sizes.Vocabulary).Value, 0, 1e-4);
    }
}
