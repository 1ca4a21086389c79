using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Models.Kernels;
using AlignedProbing.Torch.Precision;
using TorchSharp;

namespace AlignedProbing.Torch.Models;

/// <summary>What a model file takes its weights from: named tensors of a checkpoint, held as the options say. Weights belong to the model that asks for them.</summary>
internal sealed class ModelWeights(Checkpoint checkpoint, LinearOptions options, ModelKernels kernels)
{
    /// <summary>What the model computes with beside its linear layers.</summary>
    public ModelKernels Kernels { get; } = kernels;

    /// <summary>Number of parameters taken so far, tied ones counted once.</summary>
    public long Parameters { get; private set; }

    /// <summary>A vector as float32 [width]: a norm's weight.</summary>
    public torch.Tensor Vector(string name, int width)
    {
        using var scope = torch.NewDisposeScope();
        return Take(name, width).to(torch.ScalarType.Float32).clone().to(options.Device).DetachFromDisposeScope();
    }

    /// <summary>A table of which single rows are read [rows, width], as it is stored: on the CPU it stays in the mapped file.</summary>
    public torch.Tensor Table(string name, int rows, int width)
    {
        using var scope = torch.NewDisposeScope();
        var table = Take(name, rows, width);
        return (options.Device.type == DeviceType.CPU ? table : table.to(options.Device)).DetachFromDisposeScope();
    }

    /// <summary>A linear layer from one or more weights <c>name.weight</c> [rows, width] (and <c>name.bias</c> [rows]), one below the other.</summary>
    public Linear Linear(int width, bool bias, params ReadOnlySpan<(string Name, int Rows)> parts)
    {
        using var scope = torch.NewDisposeScope();
        var (weights, biases) = (new List<torch.Tensor>(), new List<torch.Tensor>());
        foreach (var (name, rows) in parts)
        {
            weights.Add(Take($"{name}.weight", rows, width));
            if (bias)
            {
                biases.Add(Take($"{name}.bias", rows));
            }
        }

        return Precision.Linear.Create(weights, bias ? biases : null, options);
    }

    /// <summary>The output head [vocabulary, width], without bias: its own weight, or the embedding's where the two are tied.</summary>
    /// <param name="width">Width of a hidden state.</param>
    /// <param name="vocabulary">Rows.</param>
    /// <param name="name">The head.</param>
    /// <param name="tiedTo">The embedding, where tied; a weight of the head's own that a file holds beside it is then not read.</param>
    public Linear Head(int width, int vocabulary, string name, string? tiedTo)
    {
        if (tiedTo is null)
        {
            return Linear(width, bias: false, (name, vocabulary));
        }

        using var scope = torch.NewDisposeScope();
        return Precision.Linear.Create([checkpoint.Take($"{tiedTo}.weight", vocabulary, width)], null, options);
    }

    /// <summary>Makes it an error that tensors were not asked for, except those of some patterns.</summary>
    public void RefuseTheRest(params ReadOnlySpan<string> ignorable) => checkpoint.ThrowIfUnused(ignorable);

    private torch.Tensor Take(string name, params ReadOnlySpan<long> shape)
    {
        var count = 1L;
        foreach (var size in shape)
        {
            count *= size;
        }

        Parameters += count;
        return checkpoint.Take(name, shape);
    }
}
