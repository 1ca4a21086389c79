using System.Text.Json;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>Small models whose hidden states, logits and greedy continuations Hugging Face has written down (goldens/NOTES.md).</summary>
public sealed class CausalModelGoldenTests
{
    private const double Tolerance = 1e-4;

    public static TheoryData<string> Folders => ["llama", "llama-mha", "llama-linear", "llama-yarn"];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Hidden_states_and_logits_of_a_batch_of_unlike_lengths_are_Hugging_Faces(string name)
    {
        using var golden = new Golden(name);
        var before = LiveTensors.Count;
        var states = golden.RunPrompts([0, 1, 2, 3]);
        Assert.Equal(before, LiveTensors.Count);
        golden.CheckPrompts([0, 1, 2, 3], states);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_row_alone_gives_what_it_gives_among_others_to_the_bit(string name)
    {
        using var golden = new Golden(name);
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
    [MemberData(nameof(Folders))]
    public void Greedy_continuations_are_Hugging_Faces_with_and_without_cache(string name)
    {
        using var golden = new Golden(name);
        for (var row = 0; row < 4; row++)
        {
            Assert.Equal(golden.Greedy[row], golden.Continue(row, cached: true));
            Assert.Equal(golden.Greedy[row], golden.Continue(row, cached: false));
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void All_logits_of_a_full_pass_are_Hugging_Faces(string name)
    {
        using var golden = new Golden(name);
        var ids = golden.Prompts[0];
        using var cache = new KeyValueCache(CacheLayout.Uniform([ids.Length], 0, 0));
        var recorder = new StateRecorder();
        golden.Model.Forward(new TokenBatch(cache, [new TokenSegment(0, -1, ids)], [.. Enumerable.Range(0, ids.Length)]), cache, recorder);
        GoldenTensors.Near(golden.Tensors.Floats("logits_full").Values, [.. recorder.Logits], Tolerance, "logits");
    }

    private sealed class Golden : IDisposable
    {
        public Golden(string name)
        {
            var folder = SharedData.Path("goldens", "models", name);
            Tensors = new GoldenTensors(Path.Combine(folder, "expected.safetensors"));
            Model = ModelCatalog.Load(folder, new ModelLoadOptions());
            using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "expected.json")));
            EndOfText = config.RootElement.GetProperty("eos").GetInt32();
            Prompts = Rows("input_ids", "attention_mask");
            var (greedy, shape) = Tensors.Integers("greedy_ids");
            Greedy = [.. Enumerable.Range(0, 4).Select(row =>
            {
                var ids = greedy.AsSpan(row * (int)shape[1], (int)shape[1]).ToArray().Select(id => (int)id).ToArray();
                var end = Array.IndexOf(ids, EndOfText);
                return end < 0 ? ids : ids[..(end + 1)];
            })];
        }

        public CausalModel Model { get; }

        public GoldenTensors Tensors { get; }

        public int EndOfText { get; }

        public int[][] Prompts { get; }

        public int[][] Greedy { get; }

        public StateRecorder RunPrompts(int[] rows)
        {
            using var cache = new KeyValueCache(CacheLayout.Uniform(rows.Select(row => Prompts[row].Length), 0, 0));
            var recorder = new StateRecorder();
            var segments = rows.Select((row, index) => new TokenSegment(index, -1, Prompts[row])).ToArray();
            var last = 0;
            Model.Forward(new TokenBatch(cache, segments, [.. rows.Select(row => (last += Prompts[row].Length) - 1)]), cache, recorder);
            return recorder;
        }

        public void CheckPrompts(int[] rows, StateRecorder found)
        {
            var (states, shape) = Tensors.Floats("hidden_states");
            var (tokens, width) = ((int)shape[2], (int)shape[3]);
            Assert.Equal(shape[0], found.States.Count);
            for (var layer = 0; layer < shape[0]; layer++)
            {
                var expected = new List<float>();
                foreach (var row in rows)
                {
                    // Left padded: the prompt is at the end.
                    var start = (((layer * 4) + row) * tokens) + tokens - Prompts[row].Length;
                    expected.AddRange(states.AsSpan(start * width, Prompts[row].Length * width));
                }

                GoldenTensors.Near([.. expected], found.States[layer], Tolerance, $"hidden states of layer {layer}");
            }

            var (logits, logitShape) = Tensors.Floats("logits_last");
            var vocabulary = (int)logitShape[1];
            GoldenTensors.Near([.. rows.SelectMany(row => logits.AsSpan(row * vocabulary, vocabulary).ToArray())], [.. found.Logits], Tolerance, "last logits");
        }

        public int[] Continue(int row, bool cached)
        {
            var ids = Prompts[row].ToList();
            using var cache = new KeyValueCache(CacheLayout.Uniform([ids.Count], 1, 20));
            while (ids.Count < Prompts[row].Length + 20 && (ids.Count == Prompts[row].Length || ids[^1] != EndOfText))
            {
                var recorder = new StateRecorder();
                if (cached)
                {
                    var segment = ids.Count == Prompts[row].Length ? new TokenSegment(0, -1, Prompts[row]) : new TokenSegment(0, 0, new[] { ids[^1] });
                    Model.Forward(new TokenBatch(cache, [segment], [segment.Ids.Length - 1]), cache, recorder);
                }
                else
                {
                    using var fresh = new KeyValueCache(CacheLayout.Uniform([ids.Count], 0, 0));
                    Model.Forward(new TokenBatch(fresh, [new TokenSegment(0, -1, ids.ToArray())], [ids.Count - 1]), fresh, recorder);
                }

                ids.Add(recorder.Logits.IndexOf(recorder.Logits.Max()));
            }

            return [.. ids.Skip(Prompts[row].Length)];
        }

        public void Dispose()
        {
            Model.Dispose();
            Tensors.Dispose();
        }

        private int[][] Rows(string ids, string mask)
        {
            var (values, shape) = Tensors.Integers(ids);
            var (present, _) = Tensors.Integers(mask);
            var columns = (int)shape[1];
            return [.. Enumerable.Range(0, (int)shape[0]).Select(row => Enumerable.Range(row * columns, columns).Where(i => present[i] == 1).Select(i => (int)values[i]).ToArray())];
        }
    }
}
