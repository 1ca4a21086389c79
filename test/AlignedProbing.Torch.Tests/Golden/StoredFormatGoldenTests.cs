using System.Text.Json.Nodes;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Native;
using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>Models that are published in few bits and multiplied from there, against transformers with the dequantised weights (goldens/NOTES.md).</summary>
public sealed class StoredFormatGoldenTests
{
    public static TheoryData<string, string, bool> Models
    {
        get
        {
            var rows = new TheoryData<string, string, bool>();
            foreach (var asOnGpu in new[] { false, true })
            {
                rows.Add("gptq-4bit", "gptq int4, groups of 32", asOnGpu);
                rows.Add("gptq-8bit-actorder", "gptq int8, groups of 32", asOnGpu);
                rows.Add("awq-4bit", "awq int4, groups of 32", asOnGpu);
                rows.Add("compressed-tensors-fp8", "compressed-tensors fp8 e4m3", asOnGpu);
                rows.Add("compressed-tensors-w4a16", "compressed-tensors int4, packed, groups of 32", asOnGpu);
                rows.Add("fp8-block", "fp8 e4m3, blocks of 128 x 128", asOnGpu);
                rows.Add("mxfp4", "mxfp4, blocks of 32", asOnGpu);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void States_logits_and_continuations_are_those_of_the_dequantised_weights(string name, string format, bool asOnGpu)
    {
        var folder = SharedData.Path("goldens", "quant", name);
        Assert.Equal(format, ModelCatalog.Describe(folder).WeightFormat);
        var before = LeakCheck.Baseline();
        var options = new ModelLoadOptions { Kernels = asOnGpu ? TorchKernels.Instance : null };
        using (var golden = new CausalModelGolden(folder, Path.Combine(folder, "expected"), options))
        {
            golden.Check(2e-5);
        }

        Assert.Equal(before, LiveTensors.Count);
    }

    [Theory]
    [InlineData("gptq-4bit", 113088)]
    [InlineData("awq-4bit", 113088)]
    [InlineData("compressed-tensors-w4a16", 113088)]
    [InlineData("compressed-tensors-fp8", 113088)]
    [InlineData("mxfp4", 134424)]
    public void Parameters_are_counted_as_numbers_and_not_as_words_of_several(string name, long parameters) =>
        Assert.Equal(parameters, ModelCatalog.Describe(SharedData.Path("goldens", "quant", name)).Sizes.Parameters);

    [Theory]
    [InlineData("gptq-4bit", "bits", "3", "bits is 3")]
    [InlineData("gptq-4bit", "checkpoint_format", "\"marlin\"", "checkpoint_format is \"marlin\"")]
    [InlineData("gptq-4bit", "dynamic", """{"-:.*": {}}""", "dynamic")]
    [InlineData("gptq-4bit", "group_size", "0", "group_size is 0")]
    [InlineData("awq-4bit", "version", "\"gemv\"", "version is \"gemv\"")]
    [InlineData("awq-4bit", "zero_point", "false", "zero_point is false")]
    [InlineData("awq-4bit", "quant_method", "\"quip\"", "quant_method quip")]
    [InlineData("fp8-block", "fmt", "\"e5m2\"", "fmt is \"e5m2\"")]
    [InlineData("compressed-tensors-fp8", "format", "\"marlin-24\"", "format marlin-24")]
    [InlineData("compressed-tensors-fp8", "sparsity_config", """{"format": "sparse-bitmask"}""", "sparse-bitmask")]
    [InlineData("compressed-tensors-w4a16", "kv_cache_scheme", """{"num_bits": 8}""", "kv_cache_scheme")]
    public void What_is_not_implemented_is_refused_by_name(string name, string field, string value, string found)
    {
        var config = JsonNode.Parse(File.ReadAllBytes(SharedData.Path("goldens", "quant", name, "config.json")))!;
        config["quantization_config"]![field] = JsonNode.Parse(value);
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["config.json"], config.ToJsonString());
        Assert.Contains(found, Assert.Throws<InputException>(() => ModelCatalog.CheckConfig(folder.FullPath)).Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_precision_is_refused()
    {
        var folder = SharedData.Path("goldens", "quant", "gptq-4bit");
        var options = new ModelLoadOptions { Precision = WeightPrecision.FourBit };
        var error = Assert.Throws<InputException>(() => ModelCatalog.Load(folder, options).Dispose());
        Assert.Contains("quantised already (gptq int4", error.Found, StringComparison.Ordinal);
    }
}
