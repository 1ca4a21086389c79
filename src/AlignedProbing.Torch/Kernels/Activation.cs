using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Kernels;

/// <summary>What a feed-forward part without a gate puts its inner values through.</summary>
internal enum Activation
{
    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x times the normal distribution's cumulative function at x. Source: Hendrycks and Gimpel 2016.</summary>
    Gelu,

    /// <summary>The same by its approximation 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x³))), which moves logits by some 1e-4.</summary>
    GeluTanh,
}

/// <summary>The names of activations in configurations.</summary>
internal static class Activations
{
    /// <summary>Reads the activation that a field names.</summary>
    /// <exception cref="InputException">It is not implemented.</exception>
    public static Activation FromConfig(ModelConfig config, string field, string otherwise) => (config.Text(field) ?? otherwise) switch
    {
        "relu" => Activation.Relu,
        "gelu" => Activation.Gelu,
        "gelu_new" or "gelu_fast" or "gelu_pytorch_tanh" => Activation.GeluTanh,
        var other => throw config.Unsupported($"{field} is '{other}'; implemented: relu, gelu, gelu_new, gelu_fast, gelu_pytorch_tanh"),
    };
}
