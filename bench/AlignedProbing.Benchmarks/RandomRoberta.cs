using System.Globalization;
using System.Text;
using System.Text.Json;
using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Benchmarks;

/// <summary>Writes a RoBERTa classifier of any size with random weights: what it says means nothing, what it costs is what a real one costs.</summary>
internal static class RandomRoberta
{
    public const int Vocabulary = 50265;
    public const int Positions = 514;
    public const int Labels = 16;

    /// <summary>The names and shapes of its tensors.</summary>
    public static IReadOnlyList<(string Name, long[] Shape)> Tensors(int layers, int width)
    {
        var tensors = new List<(string, long[])>();
        Table("embeddings.word_embeddings", Vocabulary, width);
        Table("embeddings.position_embeddings", Positions, width);
        Table("embeddings.token_type_embeddings", 1, width);
        Norm("embeddings.LayerNorm");
        for (var layer = 0; layer < layers; layer++)
        {
            foreach (var name in new[] { "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense" })
            {
                Linear($"roberta.encoder.layer.{layer}.{name}", width, width);
            }

            Norm($"encoder.layer.{layer}.attention.output.LayerNorm");
            Linear($"roberta.encoder.layer.{layer}.intermediate.dense", width, 4 * width);
            Linear($"roberta.encoder.layer.{layer}.output.dense", 4 * width, width);
            Norm($"encoder.layer.{layer}.output.LayerNorm");
        }

        Linear("classifier.dense", width, width);
        Linear("classifier.out_proj", width, Labels);
        return tensors;

        void Table(string name, long rows, long columns) => tensors.Add(($"roberta.{name}.weight", [rows, columns]));

        void Norm(string name)
        {
            tensors.Add(($"roberta.{name}.weight", [width]));
            tensors.Add(($"roberta.{name}.bias", [width]));
        }

        void Linear(string name, long inputs, long outputs)
        {
            tensors.Add(($"{name}.weight", [outputs, inputs]));
            tensors.Add(($"{name}.bias", [outputs]));
        }
    }

    /// <summary>Writes config.json and model.safetensors.</summary>
    public static void Write(string folder, int layers, int width)
    {
        File.WriteAllText(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(new
        {
            model_type = "roberta",
            hidden_act = "gelu",
            vocab_size = Vocabulary,
            hidden_size = width,
            intermediate_size = 4 * width,
            num_hidden_layers = layers,
            num_attention_heads = width / 64,
            max_position_embeddings = Positions,
            type_vocab_size = 1,
            pad_token_id = 1,
            layer_norm_eps = 1e-5,
            problem_type = "multi_label_classification",
            id2label = Enumerable.Range(0, Labels).ToDictionary(id => id.ToString(CultureInfo.InvariantCulture), id => $"label {id} of many"),
        }));
        var header = new StringBuilder("{");
        long end = 0;
        foreach (var (name, shape) in Tensors(layers, width))
        {
            var begin = end;
            end += 4 * shape.Aggregate(1L, (product, size) => product * size);
            header.Append(
                CultureInfo.InvariantCulture,
                $"{(header.Length > 1 ? "," : "")}\"{name}\":{{\"dtype\":\"F32\",\"shape\":[{string.Join(",", shape)}],\"data_offsets\":[{begin},{end}]}}");
        }

        var text = Encoding.ASCII.GetBytes((header + "}").PadRight((header.Length + 8) / 8 * 8));
        using var file = File.Create(Path.Combine(folder, "model.safetensors"));
        file.Write(BitConverter.GetBytes((ulong)text.Length));
        file.Write(text);
        manual_seed(1);
        foreach (var (name, shape) in Tensors(layers, width))
        {
            using var scope = NewDisposeScope();
            var values = name.EndsWith("LayerNorm.weight", StringComparison.Ordinal) ? ones(shape) : Ops.Scale(randn(shape), 0.02);
            file.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(TensorMemory.Span<float>(values)));
        }
    }
}
