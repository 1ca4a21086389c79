using AlignedProbing.Gguf;
using AlignedProbing.Torch.Weights;
using AlignedProbing.Torch.Weights.Awq;
using AlignedProbing.Torch.Weights.Bitsandbytes;
using AlignedProbing.Torch.Weights.CompressedTensors;
using AlignedProbing.Torch.Weights.Fp8;
using AlignedProbing.Torch.Weights.GgufBlocks;
using AlignedProbing.Torch.Weights.Gptq;
using AlignedProbing.Torch.Weights.Mxfp4;

namespace AlignedProbing.Torch.Models;

/// <summary>What <c>quantization_config</c> of a model's <c>config.json</c> says: how its weights are stored. Unknown methods and fields are refused.</summary>
internal static class QuantizationConfig
{
    private const string Implemented = "bitsandbytes, gptq, awq, compressed-tensors, fp8, mxfp4";

    /// <summary>The format that the model's weights are stored in; null where they are plain numbers.</summary>
    /// <exception cref="InputException"><c>config-unsupported</c>: a method, or a field of it, that is not implemented.</exception>
    public static IWeightFormat? Read(ModelConfig config)
    {
        if (config.Section("quantization_config") is null)
        {
            return null;
        }

        var section = config.Part("quantization_config");
        return (section.Text("quant_method") ?? "bitsandbytes") switch
        {
            "bitsandbytes" => Bitsandbytes(config, section),
            "gptq" => Gptq(section),
            "awq" => Awq(section),
            "compressed-tensors" => CompressedTensors(section),
            "fp8" => Fp8(section),
            "mxfp4" => Mxfp4(section),
            "gguf" when GgufHeader.Is(config.Path) => new GgufFormat(section.Text("types") ?? ""),
            var method => throw config.Unsupported($"quantization_config has the quant_method {method}; implemented: {Implemented}"),
        };
    }

    private static BitsandbytesFormat Bitsandbytes(ModelConfig config, ModelConfig section)
    {
        section.Ignore(
            "llm_int8_threshold",
            "llm_int8_skip_modules",
            "llm_int8_enable_fp32_cpu_offload",
            "llm_int8_has_fp16_weight",
            "bnb_4bit_compute_dtype",
            "bnb_4bit_quant_type",
            "bnb_4bit_use_double_quant",
            "bnb_4bit_quant_storage");
        var (four, eight) = (section.Flag("load_in_4bit", false), section.Flag("load_in_8bit", false));
        return four ? new BitsandbytesFormat(WeightPrecision.FourBit)
            : eight ? new BitsandbytesFormat(WeightPrecision.EightBit)
            : throw config.Unsupported("quantization_config has neither load_in_4bit nor load_in_8bit");
    }

    private static Mxfp4Format Mxfp4(ModelConfig section)
    {
        // Which layers are not in it: the tensors themselves say so.
        section.Ignore("modules_to_not_convert", "dequantize");
        return new Mxfp4Format();
    }

    private static GptqFormat Gptq(ModelConfig section)
    {
        section.Require("bits", "4", "8");
        section.Require("checkpoint_format", "gptq", "gptq_v2");
        section.Require("format", "gptq", "gptq_v2");
        section.Require("pack_dtype", "int32");
        section.Require("lm_head", "false");
        section.Require("is_marlin_format", "false");

        // How the numbers were chosen, and with which program they were multiplied: g_idx, zeros and scales say all that is needed.
        section.Ignore(
            "desc_act",
            "sym",
            "static_groups",
            "true_sequential",
            "damp_percent",
            "damp_auto_increment",
            "mse",
            "act_group_aware",
            "model_name_or_path",
            "model_file_base_name",
            "quant_method",
            "tokenizer",
            "dataset",
            "model_seqlen",
            "block_name_to_quantize",
            "module_name_preceding_first_block",
            "modules_in_block_to_quantize",
            "batch_size",
            "pad_token_id",
            "use_cuda_fp16",
            "use_exllama",
            "disable_exllama",
            "exllama_config",
            "max_input_length",
            "cache_block_outputs",
            "backend",
            "meta");
        var version = section.Text("checkpoint_format") ?? section.Text("format");
        return new GptqFormat(section.Size("bits"), GroupSize(section), zerosLessOne: version != "gptq_v2");
    }

    private static AwqFormat Awq(ModelConfig section)
    {
        section.Require("bits", "4");
        section.Require("version", "gemm", "GEMM");
        section.Require("zero_point", "true");
        section.Require("do_fuse", "false");
        section.Ignore("modules_to_not_convert", "backend", "fuse_max_seq_len", "modules_to_fuse", "exllama_config");
        return new AwqFormat(GroupSize(section));
    }

    private static BlockFp8Format Fp8(ModelConfig section)
    {
        section.Require("fmt", "e4m3");

        // Inputs of layers are not rounded to float8.
        section.Require("activation_scheme", "dynamic");
        section.Ignore("modules_to_not_convert", "scale_fmt");
        return section.Numbers("weight_block_size") switch
        {
            null => new BlockFp8Format(128, 128),
            [> 0 and var rows, > 0 and var columns] => new BlockFp8Format(rows, columns),
            _ => throw section.Broken("weight_block_size is not [rows, columns]"),
        };
    }

    private static CompressedTensorsFormat CompressedTensors(ModelConfig section)
    {
        section.Require("quantization_status", "compressed", "frozen");
        section.Ignore("ignore", "global_compression_ratio", "version", "run_compressed");
        if (section.Section("kv_cache_scheme") is not null)
        {
            throw section.Unsupported("kv_cache_scheme: keys and values are not quantised here");
        }

        if (section.Section("sparsity_config") is not null)
        {
            var sparsity = section.Part("sparsity_config");
            sparsity.Require("format", "dense");
            sparsity.Ignore("global_sparsity", "registry_requires_subclass", "sparsity_structure", "ignore", "targets");
        }

        var groups = section.Part("config_groups");
        if (groups.Names is not [var name])
        {
            throw groups.Unsupported($"{groups.Names.Count} groups of layers; implemented: one");
        }

        var group = groups.Part(name);

        // Inputs of layers are not quantised.
        group.Ignore("targets", "input_activations");
        group.Require("output_activations");
        var weights = group.Part("weights");
        weights.Ignore("observer", "observer_kwargs");
        weights.Require("dynamic", "false");
        weights.Require("type", "int", "float");
        weights.Require("num_bits", "4", "8");
        weights.Require("strategy", "tensor", "channel", "group", "block");
        weights.Require("actorder", "static", "weight", "group", "dynamic", "true", "false");
        var (type, bits, strategy) = (weights.Text("type") ?? "int", weights.Size("num_bits"), weights.Text("strategy") ?? "tensor");
        var symmetric = weights.Flag("symmetric", true);
        var (whole, own) = (section.Text("format"), group.Text("format"));
        var format = own ?? whole;
        var codes = (format, type, bits) switch
        {
            ("float-quantized", "float", 8) => CompressedCodes.Float8,
            ("int-quantized", "int", 8) => CompressedCodes.Int8,
            ("pack-quantized", "int", _) => CompressedCodes.Packed,
            _ => throw section.Unsupported(
                $"format {format} of {type} in {bits} bits; implemented: float-quantized in 8 bits, int-quantized in 8, pack-quantized in 4 or 8"),
        };
        if (!symmetric && codes != CompressedCodes.Packed)
        {
            throw section.Unsupported($"format {format} with zero points (symmetric: false)");
        }

        var size = weights.OptionalSize("group_size");
        return new CompressedTensorsFormat
        {
            Codes = codes,
            Bits = bits,
            HasZeros = !symmetric,
            GroupSize = strategy == "group" ? size ?? throw weights.Broken("it has no group_size") : null,
            Block = weights.Numbers("block_structure") switch
            {
                [> 0 and var rows, > 0 and var columns] when strategy == "block" => (rows, columns),
                null when strategy != "block" => null,
                _ => throw weights.Broken("block_structure does not fit its strategy"),
            },
        };
    }

    private static int GroupSize(ModelConfig section) =>
        section.Number("group_size", 128) switch
        {
            -1 => -1,
            > 0 and <= 1 << 20 and var size when size == Math.Floor(size) => (int)size,
            var size => throw section.Broken($"group_size is {size}"),
        };
}
