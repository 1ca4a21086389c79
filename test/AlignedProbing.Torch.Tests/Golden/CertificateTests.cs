using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Comparison;
using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Models.Kernels;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Native;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>Every golden model, certified as <c>inspect model</c> does it.</summary>
public sealed class CertificateTests
{
    public static TheoryData<string, bool> Runs => GoldenModels.Runs;

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_golden_model_is_within_tolerance_of_all_that_is_written_down_of_it(string name, bool asOnGpu)
    {
        var folder = SharedData.Path("goldens", "models", name);
        using var model = ModelCatalog.Load(folder, new ModelLoadOptions { Kernels = asOnGpu ? TorchKernels.Instance : null });
        var before = LeakCheck.Baseline();
        var result = ModelComparison.Run(model, Path.Combine(folder, "expected.safetensors"), new ModelComparisonOptions { EndOfText = GenerationSettings.FromFolder(folder).EndOfText }, TestContext.Current.CancellationToken);
        Assert.Equal(before, LiveTensors.Count);
        foreach (var part in result.Parts)
        {
            TestContext.Current.TestOutputHelper!.WriteLine($"{part.Tensor} {part.Layer} {part.Difference:0.0e+0} {part.Where}");
        }

        Assert.True(result.Within);
        Assert.Equal(["hidden_states", "logits_last", "pooled_input", "rows_alone", "logits_full", "generate_logits", "pooled_output"], result.Parts.Select(part => part.Tensor).Distinct());
        Assert.Equal(model.Sizes.RotaryByLengthAbove is not null ? 4 : 8, result.Continuations.Count);
        Assert.True(asOnGpu || result.Largest("rows_alone") == 0, "On the CPU a row alone is what it is among others, to the bit.");
    }
}
