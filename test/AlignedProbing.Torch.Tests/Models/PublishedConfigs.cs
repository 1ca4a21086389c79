namespace AlignedProbing.Torch.Tests.Models;

/// <summary>
/// Configurations in the forms that models are published in, with all their fields: what is read of them must be what the model computes, and nothing may be in
/// the way.
/// </summary>
internal static class PublishedConfigs
{
    private const string ThreeSlidingOneFull = "\"sliding_attention\", \"sliding_attention\", \"sliding_attention\", \"full_attention\"";

    private const string Common =
        "\"attention_dropout\": 0.0, \"bos_token_id\": 1, \"eos_token_id\": [2, 3], \"initializer_range\": 0.02, \"use_cache\": true, " +
        "\"transformers_version\": \"4.41.2\"";

    private static readonly string Factors48 = string.Join(", ", Enumerable.Range(0, 48).Select(i => $"1.{i:00}"));

    public static IReadOnlyDictionary<string, string> All { get; } =
        new Dictionary<string, string>
        {
            ["SmolLM2-135M"] =
                $$"""{{{Common}}, "architectures": ["LlamaForCausalLM"], "attention_bias": false, "pad_token_id": 2, "hidden_act": "silu", "hidden_size":""" +
                $$""" 576, "intermediate_size": 1536, "is_llama_config": true, "max_position_embeddings": 8192, "mlp_bias": false, "model_type": "llama",""" +
                $$""" "num_attention_heads": 9, "num_hidden_layers": 30, "num_key_value_heads": 3, "pretraining_tp": 1, "rms_norm_eps": 1e-05,""" +
                $$""" "rope_interleaved": false, "rope_scaling": null, "rope_theta": 100000, "tie_word_embeddings": true, "torch_dtype": "bfloat16",""" +
                $$""" "vocab_size": 49152, "transformers.js_config": {"dtype": "q4"} }""",
            ["Llama-2-70b"] =
                $$"""{{{Common}}, "_name_or_path": "x", "architectures": ["LlamaForCausalLM"], "hidden_act": "silu", "hidden_size": 8192,""" +
                $$""" "intermediate_size": 28672, "max_position_embeddings": 4096, "model_type": "llama", "num_attention_heads": 64, "num_hidden_layers":""" +
                $$""" 80, "num_key_value_heads": 8, "pretraining_tp": 8, "rms_norm_eps": 1e-05, "rope_scaling": null, "tie_word_embeddings": false,""" +
                $$""" "torch_dtype": "float16", "vocab_size": 32000}""",
            ["Llama-3.1-8B"] =
                $$"""{{{Common}}, "architectures": ["LlamaForCausalLM"], "attention_bias": false, "hidden_act": "silu", "hidden_size": 4096,""" +
                $$""" "intermediate_size": 14336, "max_position_embeddings": 131072, "mlp_bias": false, "model_type": "llama", "num_attention_heads": 32,""" +
                $$""" "num_hidden_layers": 32, "num_key_value_heads": 8, "pretraining_tp": 1, "rms_norm_eps": 1e-05, "rope_scaling": {"factor": 8.0,""" +
                $$""" "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"}, "rope_theta":""" +
                $$""" 500000.0, "tie_word_embeddings": false, "torch_dtype": "bfloat16", "vocab_size": 128256}""",
            ["Mistral-7B-v0.1"] =
                $$"""{{{Common}}, "architectures": ["MistralForCausalLM"], "hidden_act": "silu", "hidden_size": 4096, "intermediate_size": 14336,""" +
                $$""" "max_position_embeddings": 32768, "model_type": "mistral", "num_attention_heads": 32, "num_hidden_layers": 32,""" +
                $$""" "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "sliding_window": 4096, "tie_word_embeddings": false,""" +
                $$""" "torch_dtype": "bfloat16", "vocab_size": 32000}""",
            ["Mistral-7B-v0.3"] =
                $$"""{{{Common}}, "architectures": ["MistralForCausalLM"], "head_dim": 128, "hidden_act": "silu", "hidden_size": 4096,""" +
                $$""" "intermediate_size": 14336, "max_position_embeddings": 32768, "model_type": "mistral", "num_attention_heads": 32,""" +
                $$""" "num_hidden_layers": 32, "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "rope_theta": 1000000.0, "sliding_window": null,""" +
                $$""" "tie_word_embeddings": false, "torch_dtype": "bfloat16", "vocab_size": 32768}""",
            ["Qwen2.5-7B"] =
                $$"""{{{Common}}, "architectures": ["Qwen2ForCausalLM"], "hidden_act": "silu", "hidden_size": 3584, "intermediate_size": 18944,""" +
                $$""" "max_position_embeddings": 131072, "max_window_layers": 28, "model_type": "qwen2", "num_attention_heads": 28, "num_hidden_layers":""" +
                $$""" 28, "num_key_value_heads": 4, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "sliding_window": 131072, "tie_word_embeddings":""" +
                $$""" false, "torch_dtype": "bfloat16", "use_mrope": false, "use_sliding_window": false, "vocab_size": 152064}""",
            ["Qwen3-8B"] =
                $$"""{{{Common}}, "architectures": ["Qwen3ForCausalLM"], "attention_bias": false, "head_dim": 128, "hidden_act": "silu", "hidden_size":""" +
                $$""" 4096, "intermediate_size": 12288, "max_position_embeddings": 40960, "max_window_layers": 36, "model_type": "qwen3",""" +
                $$""" "num_attention_heads": 32, "num_hidden_layers": 36, "num_key_value_heads": 8, "rms_norm_eps": 1e-06, "rope_scaling": null,""" +
                $$""" "rope_theta": 1000000, "sliding_window": null, "tie_word_embeddings": false, "torch_dtype": "bfloat16", "use_sliding_window": false,""" +
                $$""" "vocab_size": 151936}""",
            ["Phi-3-mini-4k"] =
                $$"""{{{Common}}, "_name_or_path": "x", "architectures": ["Phi3ForCausalLM"], "auto_map": {"AutoConfig": "configuration_phi3.Phi3Config"},""" +
                $$""" "embd_pdrop": 0.0, "hidden_act": "silu", "hidden_size": 3072, "intermediate_size": 8192, "max_position_embeddings": 4096,""" +
                $$""" "model_type": "phi3", "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 32,""" +
                $$""" "original_max_position_embeddings": 4096, "pad_token_id": 32000, "resid_pdrop": 0.0, "rms_norm_eps": 1e-05, "rope_scaling": null,""" +
                $$""" "rope_theta": 10000.0, "sliding_window": 2047, "tie_word_embeddings": false, "torch_dtype": "bfloat16", "attention_bias": false,""" +
                $$""" "vocab_size": 32064}""",
            ["Phi-3-mini-128k"] =
                $$"""{{{Common}}, "architectures": ["Phi3ForCausalLM"], "auto_map": {"AutoConfig": "configuration_phi3.Phi3Config"}, "embd_pdrop": 0.0,""" +
                $$""" "hidden_act": "silu", "hidden_size": 3072, "intermediate_size": 8192, "max_position_embeddings": 131072, "model_type": "phi3",""" +
                $$""" "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 32, "original_max_position_embeddings": 4096,""" +
                $$""" "pad_token_id": 32000, "resid_pdrop": 0.0, "rms_norm_eps": 1e-05, "rope_scaling": {"long_factor": [{{Factors48}}], "short_factor":""" +
                $$""" [{{Factors48}}], "type": "su"}, "rope_theta": 10000.0, "sliding_window": 262144, "tie_word_embeddings": false, "torch_dtype":""" +
                $$""" "bfloat16", "attention_bias": false, "vocab_size": 32064}""",
            ["Phi-4-mini"] =
                $$"""{{{Common}}, "architectures": ["Phi3ForCausalLM"], "embd_pdrop": 0.0, "full_attn_mod": 1, "hidden_act": "silu", "hidden_size": 3072,""" +
                $$""" "intermediate_size": 8192, "interpolate_factor": 1, "lm_head_bias": false, "max_position_embeddings": 131072, "mlp_bias": false,""" +
                $$""" "model_type": "phi3", "num_attention_heads": 24, "num_hidden_layers": 32, "num_key_value_heads": 8,""" +
                $$""" "original_max_position_embeddings": 4096, "pad_token_id": 199999, "partial_rotary_factor": 0.75, "resid_pdrop": 0.0, "rms_norm_eps":""" +
                $$""" 1e-05, "rope_scaling": {"long_factor": [{{Factors48}}], "short_factor": [{{Factors48}}], "type": "longrope"}, "rope_theta": 10000.0,""" +
                $$""" "sliding_window": 262144, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "attention_bias": false, "vocab_size": 200064}""",
            ["gemma-2b"] =
                $$"""{{{Common}}, "architectures": ["GemmaForCausalLM"], "attention_bias": false, "head_dim": 256, "hidden_act": "gelu",""" +
                $$""" "hidden_activation": null, "hidden_size": 2048, "intermediate_size": 16384, "max_position_embeddings": 8192, "model_type": "gemma",""" +
                $$""" "num_attention_heads": 8, "num_hidden_layers": 18, "num_key_value_heads": 1, "pad_token_id": 0, "rms_norm_eps": 1e-06,""" +
                $$""" "rope_scaling": null, "rope_theta": 10000.0, "torch_dtype": "bfloat16", "vocab_size": 256000}""",
            ["gemma-2-9b"] =
                $$"""{{{Common}}, "architectures": ["Gemma2ForCausalLM"], "attention_bias": false, "attn_logit_softcapping": 50.0, "cache_implementation":""" +
                $$""" "hybrid", "final_logit_softcapping": 30.0, "head_dim": 256, "hidden_act": "gelu_pytorch_tanh", "hidden_activation":""" +
                $$""" "gelu_pytorch_tanh", "hidden_size": 3584, "intermediate_size": 14336, "max_position_embeddings": 8192, "model_type": "gemma2",""" +
                $$""" "num_attention_heads": 16, "num_hidden_layers": 42, "num_key_value_heads": 8, "pad_token_id": 0, "query_pre_attn_scalar": 256,""" +
                $$""" "rms_norm_eps": 1e-06, "rope_theta": 10000.0, "sliding_window": 4096, "sliding_window_size": 4096, "torch_dtype": "float32",""" +
                $$""" "vocab_size": 256000}""",
            ["gemma-3-1b"] =
                $$"""{{{Common}}, "architectures": ["Gemma3ForCausalLM"], "attention_bias": false, "attn_logit_softcapping": null, "cache_implementation":""" +
                $$""" "hybrid", "final_logit_softcapping": null, "head_dim": 256, "hidden_activation": "gelu_pytorch_tanh", "hidden_size": 1152,""" +
                $$""" "intermediate_size": 6912, "max_position_embeddings": 32768, "model_type": "gemma3_text", "num_attention_heads": 4,""" +
                $$""" "num_hidden_layers": 26, "num_key_value_heads": 1, "pad_token_id": 0, "query_pre_attn_scalar": 256, "rms_norm_eps": 1e-06,""" +
                $$""" "rope_local_base_freq": 10000, "rope_scaling": null, "rope_theta": 1000000, "sliding_window": 512, "sliding_window_pattern": 6,""" +
                $$""" "torch_dtype": "bfloat16", "vocab_size": 262144}""",
            ["gemma-3-12b"] =
                """{"architectures": ["Gemma3ForConditionalGeneration"], "boi_token_index": 255999, "eoi_token_index": 256000, "eos_token_id": [1, 106],""" +
                """ "image_token_index": 262144, "initializer_range": 0.02, "mm_tokens_per_image": 256, "model_type": "gemma3", "text_config":""" +
                """ {"hidden_size": 3840, "intermediate_size": 15360, "model_type": "gemma3_text", "num_attention_heads": 16, "num_hidden_layers": 48,""" +
                """ "num_key_value_heads": 8, "rope_scaling": {"factor": 8.0, "rope_type": "linear"}, "sliding_window": 1024}, "torch_dtype": "bfloat16",""" +
                """ "transformers_version": "4.50.0.dev0", "vision_config": {"hidden_size": 1152, "model_type": "siglip_vision_model",""" +
                """ "vision_use_head": false}}""",
            ["granite-3.1-2b"] =
                $$"""{{{Common}}, "architectures": ["GraniteForCausalLM"], "attention_bias": false, "attention_multiplier": 0.015625,""" +
                $$""" "embedding_multiplier": 12.0, "hidden_act": "silu", "hidden_size": 2048, "intermediate_size": 8192, "logits_scaling": 8.0,""" +
                $$""" "max_position_embeddings": 131072, "mlp_bias": false, "model_type": "granite", "num_attention_heads": 32, "num_hidden_layers": 40,""" +
                $$""" "num_key_value_heads": 8, "pad_token_id": 0, "residual_multiplier": 0.22, "rms_norm_eps": 1e-05, "rope_scaling": null, "rope_theta":""" +
                $$""" 5000000.0, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "vocab_size": 49152}""",
            ["SmolLM3-3B"] =
                $$"""{{{Common}}, "architectures": ["SmolLM3ForCausalLM"], "attention_bias": false, "hidden_act": "silu", "hidden_size": 2048,""" +
                $$""" "intermediate_size": 11008, "layer_types": [{{string.Join(", ", Enumerable.Repeat("\"full_attention\"", 36))}}],""" +
                $$""" "max_position_embeddings": 65536, "max_window_layers": 28, "mlp_bias": false, "model_type": "smollm3", "no_rope_layer_interval": 4,""" +
                $$""" "no_rope_layers": [{{string.Join(", ", Enumerable.Repeat("1, 1, 1, 0", 9))}}], "num_attention_heads": 16, "num_hidden_layers": 36,""" +
                $$""" "num_key_value_heads": 4, "pad_token_id": 128004, "pretraining_tp": 2, "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta":""" +
                $$""" 5000000.0, "sliding_window": null, "torch_dtype": "bfloat16", "use_sliding_window": false, "vocab_size": 128256}""",
            ["gpt2"] =
                """{"activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"], "attn_pdrop": 0.1, "bos_token_id": 50256, "embd_pdrop": 0.1,""" +
                """ "eos_token_id": 50256, "initializer_range": 0.02, "layer_norm_epsilon": 1e-05, "model_type": "gpt2", "n_ctx": 1024, "n_embd": 768,""" +
                """ "n_head": 12, "n_layer": 12, "n_positions": 1024, "output_past": true, "resid_pdrop": 0.1, "summary_activation": null,""" +
                """ "summary_first_dropout": 0.1, "summary_proj_to_labels": true, "summary_type": "cls_index", "summary_use_proj": true,""" +
                """ "task_specific_params": {"text-generation": {"do_sample": true, "max_length": 50} }, "vocab_size": 50257}""",
            ["pythia-1b"] =
                """{"architectures": ["GPTNeoXForCausalLM"], "bos_token_id": 0, "eos_token_id": 0, "hidden_act": "gelu", "hidden_size": 2048,""" +
                """ "initializer_range": 0.02, "intermediate_size": 8192, "layer_norm_eps": 1e-05, "max_position_embeddings": 2048, "model_type":""" +
                """ "gpt_neox", "num_attention_heads": 8, "num_hidden_layers": 16, "rotary_emb_base": 10000, "rotary_pct": 0.25, "tie_word_embeddings":""" +
                """ false, "torch_dtype": "float16", "transformers_version": "4.24.0", "use_cache": true, "use_parallel_residual": true,""" +
                """ "vocab_size": 50304}""",
            ["gpt-neox-20b"] =
                """{"architectures": ["GPTNeoXForCausalLM"], "attention_probs_dropout_prob": 0, "bos_token_id": 0, "eos_token_id": 0, "hidden_act":""" +
                """ "gelu_fast", "hidden_dropout_prob": 0, "hidden_size": 6144, "initializer_range": 0.02, "intermediate_size": 24576, "layer_norm_eps":""" +
                """ 1e-05, "max_position_embeddings": 2048, "model_type": "gpt_neox", "num_attention_heads": 64, "num_hidden_layers": 44,""" +
                """ "rotary_emb_base": 10000, "rotary_pct": 0.25, "tie_word_embeddings": false, "torch_dtype": "float16", "transformers_version":""" +
                """ "4.19.0.dev0", "use_cache": true, "vocab_size": 50432}""",
            ["opt-1.3b"] =
                """{"_name_or_path": "opt-1.3b", "_remove_final_layer_norm": false, "activation_dropout": 0.0, "activation_function": "relu",""" +
                """ "architectures": ["OPTForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 2, "do_layer_norm_before": true, "dropout": 0.1,""" +
                """ "eos_token_id": 2, "ffn_dim": 8192, "hidden_size": 2048, "init_std": 0.02, "layerdrop": 0.0, "max_position_embeddings": 2048,""" +
                """ "model_type": "opt", "num_attention_heads": 32, "num_hidden_layers": 24, "pad_token_id": 1, "prefix": "</s>", "torch_dtype":""" +
                """ "float16", "transformers_version": "4.21.0.dev0", "use_cache": true, "vocab_size": 50272, "word_embed_proj_dim": 2048}""",
            ["Mixtral-8x7B"] =
                $$"""{{{Common}}, "architectures": ["MixtralForCausalLM"], "hidden_act": "silu", "hidden_size": 4096, "intermediate_size": 14336,""" +
                $$""" "max_position_embeddings": 32768, "model_type": "mixtral", "num_attention_heads": 32, "num_experts_per_tok": 2, "num_hidden_layers":""" +
                $$""" 32, "num_key_value_heads": 8, "num_local_experts": 8, "output_router_logits": false, "rms_norm_eps": 1e-05, "rope_theta": 1000000.0,""" +
                $$""" "router_aux_loss_coef": 0.02, "sliding_window": null, "tie_word_embeddings": false, "torch_dtype": "bfloat16", "vocab_size": 32000}""",
            ["OLMoE-1B-7B"] =
                $$"""{{{Common}}, "architectures": ["OlmoeForCausalLM"], "attention_bias": false, "clip_qkv": null, "hidden_act": "silu", "hidden_size":""" +
                $$""" 2048, "intermediate_size": 1024, "max_position_embeddings": 4096, "model_type": "olmoe", "norm_topk_prob": false,""" +
                $$""" "num_attention_heads": 16, "num_experts": 64, "num_experts_per_tok": 8, "num_hidden_layers": 16, "num_key_value_heads": 16,""" +
                $$""" "output_router_logits": false, "pad_token_id": 1, "rms_norm_eps": 1e-05, "rope_scaling": null, "rope_theta": 10000.0,""" +
                $$""" "router_aux_loss_coef": 0.01, "tie_word_embeddings": false, "torch_dtype": "bfloat16", "vocab_size": 50304}""",
            ["OLMo-7B"] =
                $$"""{{{Common}}, "architectures": ["OlmoForCausalLM"], "attention_bias": false, "clip_qkv": null, "hidden_act": "silu", "hidden_size":""" +
                $$""" 4096, "intermediate_size": 11008, "max_position_embeddings": 2048, "model_type": "olmo", "num_attention_heads": 32,""" +
                $$""" "num_hidden_layers": 32, "num_key_value_heads": 32, "pad_token_id": 1, "rope_scaling": null, "rope_theta": 10000.0,""" +
                $$""" "tie_word_embeddings": false, "torch_dtype": "float32", "vocab_size": 50304}""",
            ["OLMo-2-7B"] =
                $$"""{{{Common}}, "architectures": ["Olmo2ForCausalLM"], "attention_bias": false, "hidden_act": "silu", "hidden_size": 4096,""" +
                $$""" "intermediate_size": 11008, "max_position_embeddings": 4096, "model_type": "olmo2", "num_attention_heads": 32, "num_hidden_layers":""" +
                $$""" 32, "num_key_value_heads": 32, "pad_token_id": 100277, "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 500000,""" +
                $$""" "tie_word_embeddings": false, "torch_dtype": "float32", "vocab_size": 100352}""",
            ["Olmo-3-7B"] =
                $$"""{{{Common}}, "architectures": ["Olmo3ForCausalLM"], "attention_bias": false, "dtype": "bfloat16", "hidden_act": "silu",""" +
                $$""" "hidden_size": 4096, "intermediate_size": 11008, "layer_types":""" +
                $$""" [{{string.Join(", ", Enumerable.Repeat(ThreeSlidingOneFull, 8))}}], "max_position_embeddings": 65536, "model_type": "olmo3",""" +
                $$""" "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 32, "pad_token_id": 100277, "rms_norm_eps": 1e-06,""" +
                $$""" "rope_scaling": {"attention_factor": 1.2079441541679836, "beta_fast": 32.0, "beta_slow": 1.0, "factor": 8.0,""" +
                $$""" "original_max_position_embeddings": 8192, "rope_type": "yarn"}, "rope_theta": 500000, "sliding_window": 4096, "tie_word_embeddings":""" +
                $$""" false, "vocab_size": 100278}""",
        };
}
