using AlignedProbing.Torch.Models.Kernels;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Native;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>Small models whose hidden states, logits and greedy continuations Hugging Face has written down (goldens/NOTES.md).</summary>
public sealed class CausalModelGoldenTests
{
    public static TheoryData<string> Folders => ["llama", "llama-mha", "llama-linear", "llama-yarn"];

    /// <summary>Folders, and whether the model computes with the operators that it has on a GPU.</summary>
    public static TheoryData<string, bool> Runs
    {
        get
        {
            var runs = new TheoryData<string, bool>();
            foreach (var folder in Folders)
            {
                runs.Add(folder, false);
                runs.Add(folder, true);
            }

            return runs;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Hidden_states_and_logits_of_a_batch_of_unlike_lengths_are_Hugging_Faces(string name, bool asOnGpu)
    {
        using var golden = Load(name, asOnGpu);
        var before = LeakCheck.Baseline();
        var states = golden.RunPrompts([0, 1, 2, 3]);
        Assert.Equal(before, LiveTensors.Count);
        golden.CheckPrompts([0, 1, 2, 3], states);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_row_alone_gives_what_it_gives_among_others_to_the_bit(string name)
    {
        using var golden = Load(name, asOnGpu: false);
        var together = golden.RunPrompts([0, 1, 2, 3]);
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
    public void Greedy_continuations_are_Hugging_Faces_with_and_without_cache(string name, bool asOnGpu)
    {
        using var golden = Load(name, asOnGpu);
        var before = LeakCheck.Baseline();
        golden.CheckContinuations(cached: true);
        golden.CheckContinuations(cached: false);
        Assert.Equal(before, LiveTensors.Count);
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void All_logits_of_a_full_pass_are_Hugging_Faces(string name, bool asOnGpu)
    {
        using var golden = Load(name, asOnGpu);
        golden.CheckAllLogits();
    }

    private static CausalModelGolden Load(string name, bool asOnGpu) => new(name, asOnGpu ? TorchKernels.Instance : null);
}
