using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Encoders;

/// <summary>What an encoder's file takes its weights from. It owns all that it hands out.</summary>
internal sealed class EncoderWeights(Checkpoint checkpoint, LinearOptions options) : IDisposable
{
    private readonly ModelWeights _weights = new(checkpoint, options, ManagedKernels.Instance);

    /// <summary>Number of parameters taken so far.</summary>
    public long Parameters => _weights.Parameters;

    /// <inheritdoc cref="ModelWeights.Table"/>
    public torch.Tensor Table(string name, int rows, int width) => _weights.Table(name, rows, width);

    /// <inheritdoc cref="ModelWeights.Linear"/>
    public Linear Linear(int width, bool bias, params ReadOnlySpan<(string Name, int Rows)> parts) => _weights.Linear(width, bias, parts);

    /// <summary>A layer norm: <c>name.weight</c> and <c>name.bias</c>, which files converted from TensorFlow call <c>gamma</c> and <c>beta</c>.</summary>
    public LayerNorm Norm(string name, int width, double epsilon, bool bias = true)
    {
        var older = checkpoint.Contains($"{name}.gamma");
        var weight = _weights.Vector($"{name}.{(older ? "gamma" : "weight")}", width);
        return new LayerNorm(weight, bias ? _weights.Vector($"{name}.{(older ? "beta" : "bias")}", width) : null, (float)epsilon);
    }

    /// <inheritdoc cref="ModelWeights.RefuseTheRest"/>
    public void RefuseTheRest(params ReadOnlySpan<string> ignorable) => _weights.RefuseTheRest(ignorable);

    /// <inheritdoc/>
    public void Dispose() => _weights.Dispose();
}

/// <summary>A layer norm's numbers.</summary>
/// <param name="Weight">float32 [width].</param>
/// <param name="Bias">float32 [width], or null.</param>
/// <param name="Epsilon">Added to the variance.</param>
internal sealed record LayerNorm(torch.Tensor Weight, torch.Tensor? Bias, float Epsilon);
