
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

    /// <summary>x / (1 + exp(-x)). Source: Elfwing et al. 2018.</summary>
    Silu,

    /// <summary>max(x, 0)². Source: So et al. 2021.</summary>
    Relu2,

    /// <summary>x / (1 + exp(-1.702 x)).</summary>
    QuickGelu,

    /// <summary>1 / (1 + exp(-x)).</summary>
    Sigmoid,
}
