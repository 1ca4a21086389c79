using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Certificates;
using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Checkpoints;
using AlignedProbing.Torch.Tests.Native;
using AlignedProbing.Torch.Weights;
using AlignedProbing.Torch.Weights.Bitsandbytes;
using TorchSharp;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>Adapters against PEFT (goldens/NOTES.md).</summary>
public sealed class AdapterGoldenTests
{
    public static TheoryData<string, bool> Adapters =>
        new(from name in new[] { "lora-qv", "lora-all", "lora-dora" } from asOnGpu in new[] { false, true } select (name, asOnGpu));

    [Theory]
    [MemberData(nameof(Adapters))]
    public void A_model_with_an_adapter_is_PEFTs(string name, bool asOnGpu)
    {
        var before = LeakCheck.Baseline();
        var adapter = SharedData.Path("goldens", "models", name);
        var options = new ModelLoadOptions { Adapter = adapter, Kernels = asOnGpu ? TorchKernels.Instance : null };
        using (var golden = new CausalModelGolden(SharedData.Path("goldens", "models", "llama"), Path.Combine(adapter, "expected"), options))
        {
            golden.Check();
        }

        Assert.Equal(before, LiveTensors.Count);
    }

    [Theory]
    [InlineData("lora-qv", WeightPrecision.EightBit, false)]
    [InlineData("lora-all", WeightPrecision.FourBit, false)]
    [InlineData("lora-dora", WeightPrecision.EightBit, false)]
    [InlineData("lora-dora", WeightPrecision.FourBit, false)]
    [InlineData("lora-dora", WeightPrecision.FourBit, true)]
    public void An_adapter_beside_quantised_weights_acts_as_on_the_weights_that_they_stand_for(string name, WeightPrecision precision, bool asOnGpu)
    {
        var llama = SharedData.Path("goldens", "models", "llama");
        var adapter = SharedData.Path("goldens", "models", name);
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(llama, "config.json"), folder["config.json"]);
        File.WriteAllBytes(folder["model.safetensors"], Dequantised(llama, precision));
        using var expected = ModelCatalog.Load(folder.FullPath, new ModelLoadOptions { Adapter = adapter });
        using var found = ModelCatalog.Load(
            llama,
            new ModelLoadOptions
            {
                Adapter = adapter,
                Precision = precision,
                Kernels = asOnGpu ? TorchKernels.Instance : null,
            });
        Assert.InRange(Difference.Of(Logits(expected), Logits(found), expected.Sizes.Vocabulary).Value, 0, 5e-5);

        static float[] Logits(CausalModel model)
        {
            int[] ids = [1, 17, 99, 4, 23, 56];
            using var cache = new KeyValueCache(CacheLayout.Uniform([ids.Length], 0, 0));
            var recorder = new StateRecorder();
            model.Forward(new TokenBatch(cache, [new TokenSegment(0, -1, ids)], [.. Enumerable.Range(0, ids.Length)]), cache, recorder);
            return [.. recorder.Logits];
        }
    }

    /// <summary>A model's weights, those of linear layers but the head rounded to what a precision makes of them.</summary>
    private static byte[] Dequantised(string folder, WeightPrecision precision)
    {
        using var checkpoint = Checkpoint.Open(folder);
        using var scope = torch.NewDisposeScope();
        var tensors = checkpoint.Tensors.Select(stored =>
        {
            var tensor = checkpoint.Take(stored.Name, [.. stored.Shape]).to(torch.ScalarType.Float32);
            if (stored.Name.Contains("_proj", StringComparison.Ordinal))
            {
                using QuantisedWeight quantised = precision == WeightPrecision.EightBit ? EightBitWeight.Quantise(tensor) : FourBitWeight.Quantise(tensor);
                tensor = quantised.Dequantise();
            }

            return (stored.Name, stored.Shape.ToArray(), TensorMemory.Span<float>(tensor).ToArray());
        }).ToArray();
        return SafetensorsBytes.Of(tensors);
    }
}
