using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Checkpoints;
using TorchSharp;

namespace AlignedProbing.Torch.Tests.Certificates;

/// <summary>Expected values of the demo's model, made by itself: tests change them and see what is found.</summary>
internal sealed class ExpectedValues : IDisposable
{
    public const int Rows = 2;
    public const int Columns = 5;
    public const int Steps = 3;

    private static readonly int[][] Prompts = [[7, 11, 13, 17, 19], [23, 29]];

    private readonly string _folder = Directory.CreateTempSubdirectory("comparison-").FullName;

    public ExpectedValues(CausalModel model, bool rightPadded = false)
    {
        var sizes = model.Sizes;
        float[] ids = rightPadded ? [7, 11, 13, 17, 19, 23, 29, 0, 0, 0] : [7, 11, 13, 17, 19, 0, 0, 0, 23, 29];
        float[] mask = rightPadded ? [1, 1, 1, 1, 1, 1, 1, 0, 0, 0] : [1, 1, 1, 1, 1, 0, 0, 0, 1, 1];
        Tensors["input_ids"] = ([Rows, Columns], ids);
        Tensors["attention_mask"] = ([Rows, Columns], mask);
        var states = new float[sizes.HiddenStates * Rows * Columns * sizes.Width];
        var logits = new float[Rows * sizes.Vocabulary];
        var (greedy, steps) = (new float[Rows * Steps], new float[Steps * Rows * sizes.Vocabulary]);
        for (var row = 0; row < Rows; row++)
        {
            var sequence = Prompts[row].ToList();
            for (var step = 0; step < Steps; step++)
            {
                var pass = Read(model, sequence);
                if (step == 0)
                {
                    for (var layer = 0; layer < sizes.HiddenStates; layer++)
                    {
                        var first = rightPadded ? 0 : Columns - Prompts[row].Length;
                        pass.States[layer].CopyTo(states, ((((layer * Rows) + row) * Columns) + first) * sizes.Width);
                    }

                    pass.Logits.CopyTo(logits, row * sizes.Vocabulary);
                }

                pass.Logits.CopyTo(steps, ((step * Rows) + row) * sizes.Vocabulary);
                sequence.Add(Array.IndexOf(pass.Logits, pass.Logits.Max()));
                greedy[(row * Steps) + step] = sequence[^1];
            }
        }

        Tensors["hidden_states"] = ([sizes.HiddenStates, Rows, Columns, sizes.Width], states);
        Tensors["logits_last"] = ([Rows, sizes.Vocabulary], logits);
        Tensors["greedy_ids"] = ([Rows, Steps], greedy);
        Tensors["generate_logits"] = ([Steps, Rows, sizes.Vocabulary], steps);
    }

    public Dictionary<string, (long[] Shape, float[] Values)> Tensors { get; } = [];

    /// <summary>Writes the tensors as they are now.</summary>
    public string Write()
    {
        var path = Path.Combine(_folder, "expected.safetensors");
        File.WriteAllBytes(path, SafetensorsBytes.Of([.. Tensors.Select(pair => (pair.Key, pair.Value.Shape, pair.Value.Values))]));
        return path;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Recorder Read(CausalModel model, List<int> sequence)
    {
        using var cache = new KeyValueCache(CacheLayout.Uniform([sequence.Count], 0, 0));
        var recorder = new Recorder();
        model.Forward(new TokenBatch(cache, [new TokenSegment(0, -1, sequence.ToArray())], [sequence.Count - 1]), cache, recorder);
        return recorder;
    }

    private sealed class Recorder : IForwardObserver
    {
        public List<float[]> States { get; } = [];

        public float[] Logits { get; private set; } = [];

        public void OnStates(int layer, torch.Tensor states) => States.Add(TensorMemory.Span<float>(states).ToArray());

        public void OnLogits(int first, torch.Tensor logits) => Logits = TensorMemory.Span<float>(logits).ToArray();
    }
}
