using AlignedProbing.Torch.Kernels;

namespace AlignedProbing.Torch.Models;

/// <summary>The names of activations in configurations.</summary>
internal static class Activations
{
    /// <summary>Reads the activation that a field names.</summary>
    /// <exception cref="InputException">It is not implemented.</exception>
    public static Activation FromConfig(ModelConfig config, string field, string otherwise) =>
        (config.Text(field) ?? otherwise) switch
        {
            "relu" => Activation.Relu,
            "gelu" => Activation.Gelu,
            "silu" or "swish" => Activation.Silu,
            "relu2" => Activation.Relu2,
            "quick_gelu" => Activation.QuickGelu,
            "gelu_new" or "gelu_fast" or "gelu_pytorch_tanh" => Activation.GeluTanh,
            var other => throw config.Unsupported(
                $"{field} is '{other}'; implemented: relu, relu2, silu, gelu, quick_gelu, gelu_new, gelu_fast, gelu_pytorch_tanh"),
        };
}
