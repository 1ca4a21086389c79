using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Models.Encoders;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>A small sequence classifier and what Hugging Face has written down of it (goldens/NOTES.md).</summary>
internal sealed class ClassifierGolden : IDisposable
{
    private readonly int[][] _segments;

    public ClassifierGolden(string name, WeightPrecision precision = WeightPrecision.Full)
    {
        Folder = SharedData.Path("goldens", "classifiers", name);
        Tensors = new GoldenTensors(Path.Combine(Folder, "expected.safetensors"));
        Model = ClassifierCatalog.Load(Folder, precision);
        Rows = Read("input_ids");
        _segments = Tensors.Has("token_type_ids") ? Read("token_type_ids") : [];
    }

    public string Folder { get; }

    public GoldenTensors Tensors { get; }

    public SequenceClassifier Model { get; }

    /// <summary>Token ids of each row, without padding.</summary>
    public int[][] Rows { get; }

    public (float[] Logits, List<float[]> States) Run(int[] rows, bool withSegments = false)
    {
        using var scope = torch.NewDisposeScope();
        var states = new List<float[]>();
        var batch = new SequenceBatch(
            [.. rows.Select(row => new ReadOnlyMemory<int>(Rows[row]))],
            withSegments ? [.. rows.Select(row => new ReadOnlyMemory<int>(_segments[row]))] : null);
        var logits = Model.Forward(batch, (layer, state) =>
        {
            Assert.Equal(states.Count, layer);
            states.Add(TensorMemory.Span<float>(state).ToArray());
        });
        return (TensorMemory.Span<float>(logits).ToArray(), states);
    }

    /// <summary>States of some rows, one after the other, as they were written down.</summary>
    public float[] ExpectedStates(int layer, int[] rows)
    {
        var (values, shape) = Tensors.Floats("hidden_states");
        var (columns, width) = ((int)shape[2], (int)shape[3]);
        return [.. rows.SelectMany(row => values.AsSpan(((layer * (int)shape[1]) + row) * columns * width, Rows[row].Length * width).ToArray())];
    }

    public void Dispose()
    {
        Model.Dispose();
        Tensors.Dispose();
    }

    private int[][] Read(string name)
    {
        var (values, shape) = Tensors.Integers(name);
        var (present, _) = Tensors.Integers("attention_mask");
        var columns = (int)shape[1];
        return
        [
            .. Enumerable
                .Range(0, (int)shape[0])
                .Select(row => Enumerable.Range(row * columns, columns).Where(i => present[i] == 1).Select(i => (int)values[i]).ToArray()),
        ];
    }
}
