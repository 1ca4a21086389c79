using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Native;
using AlignedProbing.Torch.Weights;
using AlignedProbing.Torch.Weights.Bitsandbytes;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>Weights in eight and four bits against bitsandbytes: bytes, values, and a model's states (goldens/NOTES.md).</summary>
public sealed class QuantisedGoldenTests
{
    /// <summary>Model folder, reference, what is said about it, precision asked for, and whether it computes as on a GPU.</summary>
    public static TheoryData<string, string, string, WeightPrecision, bool> Models
    {
        get
        {
            var rows = new TheoryData<string, string, string, WeightPrecision, bool>();
            foreach (var asOnGpu in new[] { false, true })
            {
                rows.Add("models/llama", "quant/int8/llama_expected", "quant/int8/expected.json", WeightPrecision.EightBit, asOnGpu);
                rows.Add("models/llama", "quant/nf4/llama_expected_exact", "quant/nf4/expected.json", WeightPrecision.FourBit, asOnGpu);
                rows.Add("quant/llama-nf4-saved", "quant/nf4/llama_expected", "quant/nf4/expected.json", WeightPrecision.Full, asOnGpu);
                rows.Add("quant/llama-nf4-saved", "quant/nf4/llama_expected", "quant/nf4/expected.json", WeightPrecision.FourBit, asOnGpu);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_quantised_models_states_logits_and_continuations_are_bitsandbytes(
        string folder,
        string expected,
        string json,
        WeightPrecision precision,
        bool asOnGpu)
    {
        var before = LeakCheck.Baseline();
        var options = new ModelLoadOptions { Precision = precision, Kernels = asOnGpu ? TorchKernels.Instance : null };
        using (var golden = new CausalModelGolden(Path(folder), Path($"{expected}.safetensors")[..^".safetensors".Length], options, Path(json)))
        {
            golden.Check(2e-5);
        }

        Assert.Equal(before, LiveTensors.Count);
    }

    [Theory]
    [InlineData("a_96x64_f32", 96, 64)]
    [InlineData("a_96x64_bf16", 96, 64)]
    [InlineData("b_160x64_f32", 160, 64)]
    [InlineData("b_160x64_bf16", 160, 64)]
    [InlineData("c_64x720_wide_f32", 64, 720)]
    [InlineData("c_64x720_wide_bf16", 64, 720)]
    public void Four_bits_are_bitsandbytes_byte_for_byte(string name, int rows, int columns)
    {
        using var file = Checkpoint.Open(Path($"quant/nf4/{name}.safetensors"));
        using var scope = NewDisposeScope();
        using var weight = FourBitWeight.Quantise(file.Take("weight", rows, columns));
        Assert.True(Ops.Same(file.Take("packed", rows * columns / 2, 1).flatten(), weight.Codes));
        Assert.True(Ops.Same(file.Take("absmax_quantised_exact", weight.Blocks), weight.Largest));
        Assert.Equal(TensorMemory.Span<float>(file.Take("code", 16)).ToArray(), FourBitCode.Normal);
        Assert.Equal(TensorMemory.Span<float>(file.Take("state2_code", 256)).ToArray(), FourBitCode.Dynamic);

        // The reference's mean has the rounding of its order of addition; all else follows from it to the bit.
        var offset = file.Take("offset", 1).item<float>();
        Assert.InRange(weight.NestedOffset, MathF.BitDecrement(offset), MathF.BitIncrement(offset));
        var nested = TensorMemory.Span<float>(file.Take("state2_absmax", weight.NestedLargest.Count)).ToArray();
        GoldenTensors.Near(nested, [.. weight.NestedLargest], 3e-8, "scales of the second level");
        using var same = new FourBitWeight(rows, columns, weight.Codes.clone(), weight.Largest.clone()) { NestedLargest = nested, NestedOffset = offset };
        var expected = file.Take("dequantised_exact", rows, columns);
        Assert.True(Ops.Same(expected, same.Dequantise().to(expected.dtype)));
    }

    [Theory]
    [InlineData("model.layers.0.self_attn.q_proj", 64, 64)]
    [InlineData("model.layers.1.mlp.down_proj", 64, 160)]
    public void Eight_bits_are_bitsandbytes_byte_for_byte(string name, int rows, int columns)
    {
        using var file = Checkpoint.Open(Path("quant/int8/llama_expected.safetensors"));
        using var scope = NewDisposeScope();
        using var weight = EightBitWeight.Quantise(file.Take($"{name}.weight", rows, columns));
        Assert.True(Ops.Same(file.Take($"{name}.CB", rows, columns), weight.Codes));
        Assert.True(Ops.Same(file.Take($"{name}.SCB", rows), weight.Largest));
        Assert.True(Ops.Same(file.Take($"{name}.dequantised", rows, columns), weight.Dequantise()));
    }

    private static string Path(string relative) => SharedData.Path(["goldens", .. relative.Split('/')]);
}
