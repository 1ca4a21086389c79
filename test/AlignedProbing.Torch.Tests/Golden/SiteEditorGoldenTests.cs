using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Models.Kernels;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>A model whose block is bypassed, or whose states are freed of a direction or pushed along it, as Hugging Face's model with hooks has written down (goldens/NOTES.md).</summary>
public sealed class SiteEditorGoldenTests
{
    private const int Block = 1;

    [Theory]
    [InlineData("llama", false)]
    [InlineData("llama", true)]
    [InlineData("llama-ablate", false)]
    [InlineData("llama-ablate", true)]
    [InlineData("llama-steer", false)]
    [InlineData("llama-steer", true)]
    public void An_edited_models_states_logits_and_continuations_are_Hugging_Faces(string edited, bool asOnGpu)
    {
        using var golden = new CausalModelGolden("llama", asOnGpu ? TorchKernels.Instance : null, edited);
        golden.Editor = edited switch
        {
            "llama" => new Bypass(),
            "llama-ablate" => new AlongVector(golden.Tensors.Floats("vector").Values, along => -along),
            _ => new AlongVector(golden.Tensors.Floats("vector").Values, _ => 3),
        };
        var before = LeakCheck.Baseline();
        golden.CheckPrompts([0, 1, 2, 3], golden.RunPrompts([0, 1, 2, 3]));
        golden.CheckAllLogits();
        golden.CheckContinuations(cached: true);
        golden.CheckContinuations(cached: false);
        Assert.Equal(before, LiveTensors.Count);
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
