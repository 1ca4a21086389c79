using System.Text.RegularExpressions;

namespace AlignedProbing.Gguf;

/// <summary>Hugging Face's names for the tensors of GGUF files. Source: gguf-py's tensor_mapping.</summary>
public static partial class GgufNames
{
    private static readonly Dictionary<string, string> Llama = new(StringComparer.Ordinal)
    {
        ["token_embd"] = "model.embed_tokens",
        ["output_norm"] = "model.norm",
        ["output"] = "lm_head",
        ["blk.attn_norm"] = "model.layers.N.input_layernorm",
        ["blk.attn_q"] = "model.layers.N.self_attn.q_proj",
        ["blk.attn_k"] = "model.layers.N.self_attn.k_proj",
        ["blk.attn_v"] = "model.layers.N.self_attn.v_proj",
        ["blk.attn_output"] = "model.layers.N.self_attn.o_proj",
        ["blk.attn_q_norm"] = "model.layers.N.self_attn.q_norm",
        ["blk.attn_k_norm"] = "model.layers.N.self_attn.k_norm",
        ["blk.ffn_norm"] = "model.layers.N.post_attention_layernorm",
        ["blk.ffn_gate"] = "model.layers.N.mlp.gate_proj",
        ["blk.ffn_up"] = "model.layers.N.mlp.up_proj",
        ["blk.ffn_down"] = "model.layers.N.mlp.down_proj",
    };

    private static readonly Dictionary<string, string> Gpt2 = new(StringComparer.Ordinal)
    {
        ["token_embd"] = "transformer.wte",
        ["position_embd"] = "transformer.wpe",
        ["output_norm"] = "transformer.ln_f",
        ["output"] = "lm_head",
        ["blk.attn_norm"] = "transformer.h.N.ln_1",
        ["blk.attn_qkv"] = "transformer.h.N.attn.c_attn",
        ["blk.attn_output"] = "transformer.h.N.attn.c_proj",
        ["blk.ffn_norm"] = "transformer.h.N.ln_2",
        ["blk.ffn_up"] = "transformer.h.N.mlp.c_fc",
        ["blk.ffn_down"] = "transformer.h.N.mlp.c_proj",
    };

    /// <summary>The name of a tensor in Hugging Face's model; its own where there is none, which makes it one too many.</summary>
    /// <param name="architecture"><c>general.architecture</c>.</param>
    /// <param name="name">The name in the file.</param>
    public static string Of(string architecture, string name)
    {
        var match = Parts().Match(name);
        var names = architecture == "gpt2" ? Gpt2 : Llama;
        return match.Success && names.TryGetValue((match.Groups["block"].Success ? "blk." : "") + match.Groups["what"].Value, out var found)
            ? $"{found.Replace("N", match.Groups["block"].Value, StringComparison.Ordinal)}.{match.Groups["kind"].Value}"
            : name;
    }

    [GeneratedRegex(@"^(blk\.(?<block>[0-9]+)\.)?(?<what>[a-z_0-9]+)\.(?<kind>weight|bias)$", RegexOptions.CultureInvariant)]
    private static partial Regex Parts();
}
