using System.Text.Json;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Models.Kernels;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>A small model and what Hugging Face has written down of it, or of it with edits (goldens/NOTES.md).</summary>
internal sealed class CausalModelGolden : IDisposable
{
    private const double Tolerance = 1e-4;

    /// <summary>Loads a model and its reference values.</summary>
    /// <param name="name">Folder of the model.</param>
    /// <param name="kernels">What it computes with; null: what suits the CPU.</param>
    /// <param name="edited">Name of reference values of the model with edits; null: those of the model as it is.</param>
    public CausalModelGolden(string name, ModelKernels? kernels = null, string? edited = null)
    {
        var folder = SharedData.Path("goldens", "models", name);
        var expected = edited is null ? Path.Combine(folder, "expected") : Path.Combine(SharedData.Path("goldens", "bypass"), edited);
        Tensors = new GoldenTensors($"{expected}.safetensors");
        Model = ModelCatalog.Load(folder, new ModelLoadOptions { Kernels = kernels });
        using var config = JsonDocument.Parse(File.ReadAllBytes($"{expected}.json"));
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

    /// <summary>Edits every pass.</summary>
    public ISiteEditor? Editor { get; set; }

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
        Model.Forward(new TokenBatch(cache, segments, [.. rows.Select(row => (last += Prompts[row].Length) - 1)]), cache, recorder, Editor);
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

    public void CheckAllLogits()
    {
        var ids = Prompts[0];
        using var cache = new KeyValueCache(CacheLayout.Uniform([ids.Length], 0, 0));
        var recorder = new StateRecorder();
        Model.Forward(new TokenBatch(cache, [new TokenSegment(0, -1, ids)], [.. Enumerable.Range(0, ids.Length)]), cache, recorder, Editor);
        GoldenTensors.Near(Tensors.Floats("logits_full").Values, [.. recorder.Logits], Tolerance, "logits");
    }

    /// <summary>Continues every prompt greedily and compares the ids and the logits they were taken from.</summary>
    public void CheckContinuations(bool cached)
    {
        var (expected, shape) = Tensors.Floats("generate_logits");
        var vocabulary = (int)shape[2];
        for (var row = 0; row < 4; row++)
        {
            var (ids, logits) = Continue(row, cached);
            Assert.Equal(Greedy[row], ids);
            for (var step = 0; step < ids.Length; step++)
            {
                GoldenTensors.Near(expected.AsSpan(((step * 4) + row) * vocabulary, vocabulary), logits[step], Tolerance, $"logits of step {step} of row {row}");
            }
        }
    }

    private (int[] Ids, List<float[]> Logits) Continue(int row, bool cached)
    {
        var ids = Prompts[row].ToList();
        var logits = new List<float[]>();
        using var cache = new KeyValueCache(CacheLayout.Uniform([ids.Count], 1, 20));
        while (ids.Count < Prompts[row].Length + 20 && (ids.Count == Prompts[row].Length || ids[^1] != EndOfText))
        {
            var recorder = new StateRecorder();
            if (cached)
            {
                var segment = ids.Count == Prompts[row].Length ? new TokenSegment(0, -1, Prompts[row]) : new TokenSegment(0, 0, new[] { ids[^1] });
                Model.Forward(new TokenBatch(cache, [segment], [segment.Ids.Length - 1]), cache, recorder, Editor);
            }
            else
            {
                using var fresh = new KeyValueCache(CacheLayout.Uniform([ids.Count], 0, 0));
                Model.Forward(new TokenBatch(fresh, [new TokenSegment(0, -1, ids.ToArray())], [ids.Count - 1]), fresh, recorder, Editor);
            }

            logits.Add([.. recorder.Logits]);
            ids.Add(recorder.Logits.IndexOf(recorder.Logits.Max()));
        }

        return ([.. ids.Skip(Prompts[row].Length)], logits);
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
