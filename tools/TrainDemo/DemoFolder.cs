using System.Text.Json;
using AlignedProbing.Files;

namespace AlignedProbing.Tools.TrainDemo;

/// <summary>The folder of a model in Hugging Face's form: configuration, tokenizer and weights.</summary>
internal static class DemoFolder
{
    /// <summary>How its JSON files look.</summary>
    public static JsonWriterOptions Indented { get; } =
        new()
        {
            Indented = true,
            NewLine = "\n",
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };

    /// <summary>Writes the folder's files, each complete or not at all.</summary>
    public static void Write(string folder, DemoModelSizes sizes, BytePairTokenizer tokenizer, SortedDictionary<string, (long[] Shape, float[] Values)> weights)
    {
        Directory.CreateDirectory(folder);
        WriteJson("config.json", Configuration(sizes));
        WriteJson("generation_config.json", new Dictionary<string, object>
        {
            ["bos_token_id"] = BytePairTokenizer.EndOfTextId,
            ["eos_token_id"] = BytePairTokenizer.EndOfTextId,
        });
        WriteJson("tokenizer_config.json", new Dictionary<string, object>
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["bos_token"] = BytePairTokenizer.EndOfText,
            ["eos_token"] = BytePairTokenizer.EndOfText,
            ["add_bos_token"] = false,
            ["add_prefix_space"] = false,
            ["clean_up_tokenization_spaces"] = false,
            ["model_max_length"] = sizes.Context,
        });
        AtomicWrite.File(Path.Combine(folder, "tokenizer.json"), tokenizer.Write);
        AtomicWrite.File(Path.Combine(folder, "model.safetensors"), stream => SafetensorsWriter.Write(stream, weights));

        void WriteJson(string name, Dictionary<string, object> values) => AtomicWrite.File(Path.Combine(folder, name), stream =>
        {
            using (var writer = new Utf8JsonWriter(stream, Indented))
            {
                JsonSerializer.Serialize(writer, values);
            }

            stream.WriteByte((byte)'\n');
        });
    }

    private static Dictionary<string, object> Configuration(DemoModelSizes sizes) => new()
    {
        ["architectures"] = (string[])["LlamaForCausalLM"],
        ["model_type"] = "llama",
        ["vocab_size"] = sizes.VocabularySize,
        ["hidden_size"] = sizes.Width,
        ["intermediate_size"] = sizes.FeedForwardWidth,
        ["num_hidden_layers"] = sizes.Layers,
        ["num_attention_heads"] = sizes.Heads,
        ["num_key_value_heads"] = sizes.KeyValueHeads,
        ["head_dim"] = sizes.HeadWidth,
        ["hidden_act"] = "silu",
        ["max_position_embeddings"] = sizes.Context,
        ["rms_norm_eps"] = sizes.NormEpsilon,
        ["rope_theta"] = sizes.RopeTheta,
        ["attention_bias"] = false,
        ["mlp_bias"] = false,
        ["tie_word_embeddings"] = sizes.TiedHead,
        ["bos_token_id"] = BytePairTokenizer.EndOfTextId,
        ["eos_token_id"] = BytePairTokenizer.EndOfTextId,
        ["torch_dtype"] = "bfloat16",
    };
}
