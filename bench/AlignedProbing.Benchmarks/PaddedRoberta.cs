using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Benchmarks;

/// <summary>
/// The same classifier as PyTorch runs it: batches in the order of the texts, padded to the longest, libtorch's own linear layers and
/// scaled_dot_product_attention. It stands in for Hugging
/// Face's pipeline, which does the same and more.
/// </summary>
internal sealed class PaddedRoberta : IDisposable
{
    private readonly Dictionary<string, Tensor> _weights = [];
    private readonly int _layers;
    private readonly int _width;

    public PaddedRoberta(string folder, int layers, int width)
    {
        (_layers, _width) = (layers, width);
        using var checkpoint = Checkpoint.Open(folder);
        foreach (var (name, shape) in RandomRoberta.Tensors(layers, width))
        {
            using var mapped = checkpoint.Take(name, shape);
            _weights[name] = mapped.clone();
        }
    }

    /// <summary>Logits of texts, [labels] each, in order.</summary>
    public float[] Run(IReadOnlyList<int[]> texts, int batchSize)
    {
        var logits = new List<float>();
        foreach (var batch in texts.Chunk(batchSize))
        {
            using var mode = inference_mode();
            using var scope = NewDisposeScope();
            logits.AddRange(TensorMemory.Span<float>(Run(batch)));
        }

        return [.. logits];
    }

    public void Dispose()
    {
        foreach (var weight in _weights.Values)
        {
            weight.Dispose();
        }
    }

    private Tensor Run(int[][] batch)
    {
        var (rows, length, heads) = (batch.Length, batch.Max(text => text.Length), _width / 64);
        var (ids, positions, seen) = (new long[rows * length], new long[rows * length], new bool[rows * length]);
        Array.Fill(ids, 1);
        Array.Fill(positions, 1);
        for (var row = 0; row < rows; row++)
        {
            for (var t = 0; t < batch[row].Length; t++)
            {
                (ids[(row * length) + t], positions[(row * length) + t], seen[(row * length) + t]) = (batch[row][t], t + 2, true);
            }
        }

        var mask = tensor(seen, [rows, 1, 1, length]).expand(rows, 1, length, length);
        var x = Ops.Add(
            Embed("word_embeddings", ids),
            Ops.Add(Embed("position_embeddings", positions), _weights["roberta.embeddings.token_type_embeddings.weight"]));
        x = Norm(x, "roberta.embeddings.LayerNorm").view(rows, length, _width);
        for (var layer = 0; layer < _layers; layer++)
        {
            using var scope = NewDisposeScope();
            var prefix = $"roberta.encoder.layer.{layer}";
            var mixed = nn.functional.scaled_dot_product_attention(
                Heads($"{prefix}.attention.self.query"),
                Heads($"{prefix}.attention.self.key"),
                Heads($"{prefix}.attention.self.value"),
                mask);
            var attended = Linear(mixed.transpose(1, 2).reshape(rows, length, _width), $"{prefix}.attention.output.dense");
            var half = Norm(Ops.Add(x, attended), $"{prefix}.attention.output.LayerNorm");
            var inner = nn.functional.gelu(Linear(half, $"{prefix}.intermediate.dense"));
            var next = Norm(Ops.Add(half, Linear(inner, $"{prefix}.output.dense")), $"{prefix}.output.LayerNorm");
            x = next.MoveToOuterDisposeScope();

            Tensor Heads(string name) => Linear(x, name).view(rows, length, heads, 64).transpose(1, 2);
        }

        return Linear(Linear(x.select(1, 0), "classifier.dense").tanh(), "classifier.out_proj").contiguous();

        Tensor Embed(string name, long[] at) => _weights[$"roberta.embeddings.{name}.weight"].index_select(0, tensor(at));

        Tensor Linear(Tensor value, string name) => nn.functional.linear(value, _weights[$"{name}.weight"], _weights[$"{name}.bias"]);

        Tensor Norm(Tensor value, string name) => nn.functional.layer_norm(value, [_width], _weights[$"{name}.weight"], _weights[$"{name}.bias"], 1e-5);
    }
}
