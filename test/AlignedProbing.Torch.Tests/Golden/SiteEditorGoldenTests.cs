using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Certificates;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>
/// A model whose block is bypassed, or whose states are freed of a direction or pushed along it, as Hugging Face's model with hooks has written down
/// (goldens/NOTES.md).
/// </summary>
public sealed class SiteEditorGoldenTests
{
    private const int Block = 1;

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
        var options = new ModelComparisonOptions { EndOfText = GenerationSettings.FromFolder(folder).EndOfText, Editor = Editor(edited, expected) };
        var before = LeakCheck.Baseline();
        var result = ModelComparison.Run(model, expected, options, TestContext.Current.CancellationToken);
        Assert.Equal(before, LiveTensors.Count);
        Assert.True(result.Within);
        Assert.All(["hidden_states", "logits_last", "logits_full", "generate_logits"], tensor => Assert.NotNull(result.Largest(tensor)));
        Assert.Equal(8, result.Continuations.Count);
        Assert.False(ModelComparison.Run(model, expected, options with { Editor = null }, TestContext.Current.CancellationToken).Within);
    }

    private static ISiteEditor Editor(string edited, string expected)
    {
        if (!edited.Contains('-', StringComparison.Ordinal))
        {
            return new Bypass();
        }

        using var tensors = new GoldenTensors(expected);
        var vector = tensors.Floats("vector").Values;
        return edited == "llama-ablate" ? new AlongVector(vector, along => -along) : new AlongVector(vector, _ => 3);
    }

    /// <summary>Puts back at a block's output what it has read.</summary>
    private sealed class Bypass : ISiteEditor
    {
        private float[] _read = [];

        public void At(Site site, torch.Tensor value, TokenBatch batch)
        {
            if (site == new Site(SiteKind.BlockInput, Block))
            {
                _read = TensorMemory.Span<float>(value).ToArray();
            }
            else if (site == new Site(SiteKind.BlockOutput, Block))
            {
                _read.CopyTo(TensorMemory.Span<float>(value));
            }
        }
    }

    /// <summary>Adds to each token's state at a block's output as much of a vector of length 1 as is made of how far the state lies along it.</summary>
    private sealed class AlongVector(float[] vector, Func<double, double> amount) : ISiteEditor
    {
        public void At(Site site, torch.Tensor value, TokenBatch batch)
        {
            if (site != new Site(SiteKind.BlockOutput, Block))
            {
                return;
            }

            var states = TensorMemory.Span<float>(value);
            for (var row = 0; row < batch.Tokens; row++)
            {
                var state = states.Slice(row * vector.Length, vector.Length);
                var along = 0.0;
                for (var i = 0; i < vector.Length; i++)
                {
                    along += (double)state[i] * vector[i];
                }

                for (var i = 0; i < vector.Length; i++)
                {
                    state[i] += (float)(amount(along) * vector[i]);
                }
            }
        }
    }
}
