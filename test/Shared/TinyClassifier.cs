using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlignedProbing.Numerics;

namespace AlignedProbing.Tests.Shared;

/// <summary>Writes a folder with a BERT of 1 block, random weights and a WordPiece tokenizer: small, and whole.</summary>
internal static class TinyClassifier
{
    private const int Context = 16;
    private const int Width = 16;
    private const int Inner = 24;

    private static readonly string[] Words =
    [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "you", "are", "a", "kind", "person", "stupid", "not", "and", "so", "on", "the", "##s", ".", "!",
    ];

    /// <summary>Writes the folder.</summary>
    /// <param name="home">Where.</param>
    /// <param name="labels">Names of the outputs.</param>
    /// <param name="problem"><c>problem_type</c>; null: left out.</param>
    /// <param name="change">Changes the configuration.</param>
    /// <param name="scale">What the classification head's weights are multiplied by.</param>
    public static string Write(
        TemporaryFolder home,
        string[] labels,
        string? problem = "multi_label_classification",
        Action<JsonObject>? change = null,
        float scale = 1)
    {
        var folder = Directory
            .CreateDirectory(home[string.Create(CultureInfo.InvariantCulture, $"tiny-{Directory.GetDirectories(home.FullPath).Length}")])
            .FullName;
        var config = new JsonObject
        {
            ["model_type"] = "bert",
            ["hidden_act"] = "gelu",
            ["vocab_size"] = Words.Length,
            ["hidden_size"] = Width,
            ["intermediate_size"] = Inner,
            ["num_hidden_layers"] = 1,
            ["num_attention_heads"] = 2,
            ["max_position_embeddings"] = Context,
            ["type_vocab_size"] = 2,
            ["problem_type"] = problem,
            ["id2label"] = new JsonObject(labels.Select((label, id) => KeyValuePair.Create(id.ToString(CultureInfo.InvariantCulture), (JsonNode?)label))),
        };
        change?.Invoke(config);
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        File.WriteAllLines(Path.Combine(folder, "vocab.txt"), Words);
        File.WriteAllText(
            Path.Combine(folder, "tokenizer_config.json"),
            JsonSerializer.Serialize(
                new
                {
                    tokenizer_class = "BertTokenizer",
                    do_lower_case = true,
                    model_max_length = 512,
                }));
        var (random, step) = (RandomStream.For(7, "tiny", "weights", 0), 0);
        var tensors = new List<(string, long[], float[])>();
        Embedding("word_embeddings", Words.Length);
        Embedding("position_embeddings", Context);
        Embedding("token_type_embeddings", 2);
        Norm("bert.embeddings.LayerNorm");
        const string Layer = "bert.encoder.layer.0";
        foreach (
            var (name, inputs, outputs) in new[]
            {
                ("attention.self.query", Width, Width),
                ("attention.self.key", Width, Width),
                ("attention.self.value", Width, Width),
                ("attention.output.dense", Width, Width),
                ("intermediate.dense", Width, Inner),
                ("output.dense", Inner, Width),
            })
        {
            Linear($"{Layer}.{name}", inputs, outputs, 1);
        }

        Norm($"{Layer}.attention.output.LayerNorm");
        Norm($"{Layer}.output.LayerNorm");
        Linear("bert.pooler.dense", Width, Width, 1);
        Linear("classifier", Width, labels.Length, scale);
        File.WriteAllBytes(Path.Combine(folder, "model.safetensors"), Safetensors(tensors));
        return folder;

        void Embedding(string name, int rows) => tensors.Add(($"bert.embeddings.{name}.weight", [rows, Width], Numbers(rows * Width, 1)));

        void Linear(string name, int inputs, int outputs, float by)
        {
            tensors.Add(($"{name}.weight", [outputs, inputs], Numbers(inputs * outputs, by)));
            tensors.Add(($"{name}.bias", [outputs], Numbers(outputs, by)));
        }

        void Norm(string name)
        {
            tensors.Add(($"{name}.weight", [Width], [.. Enumerable.Repeat(1f, Width)]));
            tensors.Add(($"{name}.bias", [Width], Numbers(Width, 0.1f)));
        }

        float[] Numbers(int count, float by) => [.. Enumerable.Range(0, count).Select(_ => by * (float)(random.Uniform(step++) - 0.5))];
    }

    private static byte[] Safetensors(List<(string Name, long[] Shape, float[] Values)> tensors)
    {
        var (header, data) = (new StringBuilder("{"), new List<byte>());
        foreach (var (name, shape, values) in tensors)
        {
            var begin = data.Count;
            data.AddRange(MemoryMarshal.AsBytes(values.AsSpan()));
            header.Append(
                CultureInfo.InvariantCulture,
                $"{(header.Length > 1 ? "," : "")}\"{name}\":{{\"dtype\":\"F32\"," +
                $"\"shape\":[{string.Join(",", shape)}],\"data_offsets\":[{begin},{data.Count}]}}"
            );
        }

        var text = Encoding.ASCII.GetBytes((header + "}").PadRight((header.Length + 8) / 8 * 8));
        return [.. BitConverter.GetBytes((ulong)text.Length), .. text, .. data];
    }
}
