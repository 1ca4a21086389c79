using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights;

/// <summary>libtorch's own linear: any device. On CPUs a row's last bits may depend on how many rows there are.</summary>
internal sealed class PlainKernel(Tensor weight, Tensor? bias) : ILinearKernel
{
    public string Name => weight.dtype.ToString().ToLowerInvariant();

    public Tensor Forward(Tensor rows)
    {
        if (weight.dtype == ScalarType.Float32)
        {
            return nn.functional.linear(rows, weight, bias);
        }

        using var narrow = rows.to(weight.dtype);
        using var result = nn.functional.linear(narrow, weight, bias);
        return result.to(ScalarType.Float32);
    }

    public void Dispose()
    {
        weight.Dispose();
        bias?.Dispose();
    }
}
