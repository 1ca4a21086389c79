using System.Text.Json;
using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Torch.Models;

/// <summary>What <c>quantization_config</c> of a model's <c>config.json</c> says: how its weights are stored.</summary>
internal static class QuantizationConfig
{
    /// <summary>The precision that the model's weights are stored in; null where they are plain numbers.</summary>
    /// <exception cref="InputException"><c>config-unsupported</c>: another method than bitsandbytes'.</exception>
    public static WeightPrecision? Read(ModelConfig config)
    {
        if (config.Section("quantization_config") is not { } section)
        {
            return null;
        }

        var method = Text(section, "quant_method") ?? "bitsandbytes";
        return method != "bitsandbytes"
                ? throw config.Unsupported($"quantization_config has the quant_method {method}; implemented: bitsandbytes (load_in_4bit, load_in_8bit)")
            : On(section, "load_in_4bit") ? WeightPrecision.FourBit
            : On(section, "load_in_8bit") ? WeightPrecision.EightBit
            : throw config.Unsupported("quantization_config has neither load_in_4bit nor load_in_8bit");
    }

    private static string? Text(JsonElement section, string name) =>
        section.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool On(JsonElement section, string name) => section.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;
}
