using System.Text.Json;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Models.Kernels;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>A small model and what Hugging Face has written down of it, or of it with edits (goldens/NOTES.md).</summary>
internal sealed class CausalModelGolden : IDisposable
{
    /// <summary>Loads a model and its reference values.</summary>
    /// <param name="name">Folder of the model.</param>
    /// <param name="kernels">What it computes with; null: what suits the CPU.</param>
    /// <param name="edited">Name of reference values of the model with edits; null: those of the model as it is.</param>
    public CausalModelGolden(string name, ModelKernels? kernels = null, string? edited = null)
        : this(
            SharedData.Path("goldens", "models", name),
            edited is null ? Path.Combine(SharedData.Path("goldens", "models", name), "expected") : Path.Combine(SharedData.Path("goldens", "bypass"), edited),
            new ModelLoadOptions { Kernels = kernels })
    {
    }

    /// <summary>Loads a model in some way and the reference values of it.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="expected">Path of the reference values, without extension.</param>
    /// <param name="options">How the model is loaded.</param>
    /// <param name="json">Path of what is said about them; null: beside them, of the same name.</param>
    public CausalModelGolden(string folder, string expected, ModelLoadOptions options, string? json = null)
    {
        Tensors = new GoldenTensors($"{expected}.safetensors");
        Model = ModelCatalog.Load(folder, options);
        using var config = JsonDocument.Parse(File.ReadAllBytes(json ?? $"{expected}.json"));
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

    /// <summary>Largest difference allowed, relative to values above 1.</summary>
    public double Tolerance { get; init; } = GoldenDifferences.Tolerance;

    /// <summary>Where rotary frequencies depend on the length: whether each row takes its own, as runs do, or the longest row's, as Hugging Face does.</summary>
    public bool OwnLengths { get; set; }

    public GoldenTensors Tensors { get; }

    public int EndOfText { get; }

    public int[][] Prompts { get; }

    public int[][] Greedy { get; }

    /// <summary>Length of the longest prompt: where rotary frequencies depend on the length, Hugging Face takes it for all rows.</summary>
    private int Longest => Prompts.Max(prompt => prompt.Length);

    public StateRecorder RunPrompts(int[] rows) => Run([.. rows.Select(row => Prompts[row])], Longest);

    public void CheckPrompts(int[] rows, StateRecorder found) =>
        Assert.All([("hidden states", StateDifference(rows, found)), ("last logits", LastLogitDifference(rows, found))], part =>
            Assert.True(part.Item2 <= Tolerance, $"{part.Item1}: largest difference {part.Item2:g3}, allowed {Tolerance:g3}"));

    /// <summary>Everything but continuations.</summary>
    public GoldenDifferences Measure()
    {
        int[] all = [0, 1, 2, 3];
        var found = RunPrompts(all);
        return new GoldenDifferences
        {
            States = StateDifference(all, found),
            LastLogits = LastLogitDifference(all, found),
            AllLogits = AllLogitDifference(),
            PooledInput = PooledDifference("pooled_input", found, [.. Prompts.Select(prompt => (prompt.Length, prompt.Length))]),
            PooledOutput = PooledOutputDifference(),
        };
    }

    public void CheckAllLogits()
    {
        var difference = AllLogitDifference();
        Assert.True(difference <= Tolerance, $"logits: largest difference {difference:g3}, allowed {Tolerance:g3}");
    }

    /// <summary>Continues every prompt greedily and compares the ids and the logits they were taken from.</summary>
    public void CheckContinuations(bool cached) => Assert.All([0, 1, 2, 3], row => CheckContinuation(row, cached));

    public void CheckContinuation(int row, bool cached)
    {
        var (expected, vocabulary) = Tensors.Has("generate_logits") ? (Tensors.Floats("generate_logits").Values, (int)Tensors.Floats("generate_logits").Shape[2]) : ([], 0);
        var (ids, logits) = Continue(row, cached);
        Assert.Equal(Greedy[row], ids);
        for (var step = 0; step < ids.Length && vocabulary > 0; step++)
        {
            var difference = GoldenTensors.RelativeDifference(expected.AsSpan(((step * 4) + row) * vocabulary, vocabulary), logits[step]);
            Assert.True(difference <= Tolerance, $"logits of step {step} of row {row}: largest difference {difference:g3}, allowed {Tolerance:g3}");
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
                Model.Forward(new TokenBatch(cache, [segment], [segment.Ids.Length - 1]) { RotaryLength = OwnLengths ? null : Longest + logits.Count }, cache, recorder, Editor);
            }
            else
            {
                recorder = Run([[.. ids]], Longest + logits.Count);
            }

            logits.Add([.. recorder.Logits]);
            ids.Add(recorder.Logits.IndexOf(recorder.Logits.Max()));
        }

        return ([.. ids.Skip(Prompts[row].Length)], logits);
    }

    /// <summary>Reads sequences in one batch, with the logits of the last token of each.</summary>
    private StateRecorder Run(int[][] sequences, int rotaryLength, bool allLogits = false)
    {
        using var cache = new KeyValueCache(CacheLayout.Uniform(sequences.Select(sequence => sequence.Length), 0, 0));
        var recorder = new StateRecorder();
        var last = 0;
        var rows = allLogits ? [.. Enumerable.Range(0, sequences.Sum(sequence => sequence.Length))] : sequences.Select(sequence => (last += sequence.Length) - 1).ToArray();
        var segments = sequences.Select((sequence, index) => new TokenSegment(index, -1, sequence)).ToArray();
        Model.Forward(new TokenBatch(cache, segments, rows) { RotaryLength = OwnLengths ? null : rotaryLength }, cache, recorder, Editor);
        return recorder;
    }

    private double StateDifference(int[] rows, StateRecorder found)
    {
        var (states, shape) = Tensors.Floats("hidden_states");
        var (tokens, width) = ((int)shape[2], (int)shape[3]);
        Assert.Equal(shape[0], found.States.Count);
        return Enumerable.Range(0, (int)shape[0]).Max(layer =>
        {
            var expected = new List<float>();
            foreach (var row in rows)
            {
                // Left padded: the prompt is at the end.
                var start = (((layer * 4) + row) * tokens) + tokens - Prompts[row].Length;
                expected.AddRange(states.AsSpan(start * width, Prompts[row].Length * width));
            }

            return GoldenTensors.RelativeDifference([.. expected], found.States[layer]);
        });
    }

    private double LastLogitDifference(int[] rows, StateRecorder found)
    {
        var (logits, shape) = Tensors.Floats("logits_last");
        var vocabulary = (int)shape[1];
        return GoldenTensors.RelativeDifference([.. rows.SelectMany(row => logits.AsSpan(row * vocabulary, vocabulary).ToArray())], [.. found.Logits]);
    }

    private double AllLogitDifference() => GoldenTensors.RelativeDifference(Tensors.Floats("logits_full").Values, [.. Run([Prompts[0]], Longest, allLogits: true).Logits]);

    /// <summary>Means over the continuations' tokens, read as tails behind their prompts.</summary>
    private double PooledOutputDifference()
    {
        var read = Rows("teacher_ids", "teacher_mask");
        var tails = read.Select((ids, row) => ids[Prompts[row].Length..]).ToArray();
        using var cache = new KeyValueCache(new CacheLayout([.. read.Select((ids, row) => new CachedPrompt(Prompts[row].Length, [tails[row].Length]))]));
        var segments = read.SelectMany((ids, row) => tails[row].Length == 0 ? [new TokenSegment(row, -1, Prompts[row])] : new[] { new TokenSegment(row, -1, Prompts[row]), new TokenSegment(row, row, tails[row]) });
        var recorder = new StateRecorder();
        Model.Forward(new TokenBatch(cache, [.. segments], []) { RotaryLength = read.Max(ids => ids.Length) }, cache, recorder, Editor);
        return PooledDifference("pooled_output", recorder, [.. read.Select((ids, row) => (ids.Length, tails[row].Length))]);
    }

    /// <param name="name">The expected means [layers, rows, width]; NaN where there is no token.</param>
    /// <param name="found">States of all rows behind one another.</param>
    /// <param name="rows">Tokens of each row, and how many of them, at its end, the mean is taken over.</param>
    private double PooledDifference(string name, StateRecorder found, (int Tokens, int Pooled)[] rows)
    {
        var (expected, shape) = Tensors.Floats(name);
        var width = (int)shape[2];
        var means = new List<float>();
        foreach (var states in found.States)
        {
            var end = 0;
            foreach (var (tokens, pooled) in rows)
            {
                end += tokens;
                for (var i = 0; i < width; i++)
                {
                    var sum = 0.0;
                    for (var token = end - pooled; token < end; token++)
                    {
                        sum += states[(token * width) + i];
                    }

                    means.Add((float)(sum / pooled));
                }
            }
        }

        var layer = 4 * width;
        return Enumerable.Range(0, (int)shape[0]).Max(index => GoldenTensors.RelativeDifference(expected.AsSpan(index * layer, layer), means.ToArray().AsSpan(index * layer, layer)));
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
