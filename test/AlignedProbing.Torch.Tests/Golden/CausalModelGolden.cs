using System.Text.Json;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Certificates;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>A small model and what Hugging Face has written down of it (goldens/NOTES.md).</summary>
internal sealed class CausalModelGolden : IDisposable
{
    private readonly string _expected;
    private readonly int _endOfText;

    /// <summary>Loads a model and its reference values.</summary>
    /// <param name="name">Folder of the model.</param>
    /// <param name="kernels">What it computes with; null: what suits the CPU.</param>
    public CausalModelGolden(string name, ModelKernels? kernels = null)
        : this(
            SharedData.Path("goldens", "models", name),
            Path.Combine(SharedData.Path("goldens", "models", name), "expected"),
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
        _expected = $"{expected}.safetensors";
        Model = ModelCatalog.Load(folder, options);
        using var config = JsonDocument.Parse(File.ReadAllBytes(json ?? $"{expected}.json"));
        _endOfText = config.RootElement.GetProperty("eos").GetInt32();
        Prompts = ReadPrompts(_expected);
    }

    public CausalModel Model { get; }

    /// <summary>Edits every pass; null: none.</summary>
    public ISiteEditor? Editor { get; set; }

    /// <summary>
    /// Where rotary frequencies depend on the length: whether each row takes its own, as runs do, or the longest row's, as Hugging Face does.
    /// </summary>
    public bool OwnLengths { get; set; }

    public int[][] Prompts { get; }

    /// <summary>Reads prompts in one batch, with the logits of the last token of each.</summary>
    public StateRecorder RunPrompts(int[] rows)
    {
        using var cache = new KeyValueCache(CacheLayout.Uniform(rows.Select(row => Prompts[row].Length), 0, 0));
        var recorder = new StateRecorder();
        var last = 0;
        var segments = rows.Select((row, index) => new TokenSegment(index, -1, Prompts[row])).ToArray();
        var batch = new TokenBatch(cache, segments, [.. rows.Select(row => (last += Prompts[row].Length) - 1)])
        {
            RotaryLength = OwnLengths ? null : Prompts.Max(prompt => prompt.Length),
        };
        Model.Forward(batch, cache, recorder, Editor);
        return recorder;
    }

    /// <summary>Compares all that is written down.</summary>
    /// <param name="tolerance">What is allowed, as a share of each vector's scale.</param>
    public ModelComparisonResult Compare(double tolerance = 1e-4)
    {
        var options = new ModelComparisonOptions { EndOfText = [_endOfText], Tolerance = tolerance, Editor = Editor };
        return ModelComparison.Run(Model, _expected, options, TestContext.Current.CancellationToken);
    }

    /// <summary>Compares all that is written down, and says what is off.</summary>
    /// <param name="tolerance">What is allowed, as a share of each vector's scale.</param>
    public ModelComparisonResult Check(double tolerance = 1e-4)
    {
        var result = Compare(tolerance);
        Assert.All(result.Parts, part => Assert.True(part.Difference <= tolerance, $"{part}"));
        Assert.All(result.Continuations, continuation => Assert.True(continuation.Within, $"{continuation}"));
        Assert.True(result.Within);
        return result;
    }

    public void Dispose() => Model.Dispose();

    private static int[][] ReadPrompts(string expected)
    {
        using var tensors = new GoldenTensors(expected);
        var (values, shape) = tensors.Integers("input_ids");
        var (present, _) = tensors.Integers("attention_mask");
        var columns = (int)shape[1];
        return
        [
            .. Enumerable
                .Range(0, (int)shape[0])
                .Select(row => Enumerable.Range(row * columns, columns).Where(i => present[i] == 1).Select(i => (int)values[i]).ToArray()),
        ];
    }
}
