using AlignedProbing.Torch.Checkpoints.Adapters;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models;

/// <summary>What an adapter makes of a model's weights; without one, nothing.</summary>
internal sealed class AdapterWeights(LoraAdapter? adapter)
{
    /// <summary>A prefix that the checkpoint's names lack and the adapter's, which are those of the model's modules, have.</summary>
    public string Dropped { get; set; } = "";

    /// <summary>W + scale * B A, and with magnitudes its rows of their lengths; float32 in CPU memory. The weight itself where there is no update.</summary>
    public static torch.Tensor Merged(torch.Tensor weight, LoraUpdate? update)
    {
        if (update is null)
        {
            return weight;
        }

        using var scope = torch.NewDisposeScope();
        var merged = Ops.AddScaled(weight.to(torch.ScalarType.Float32), Ops.MatrixProduct(update.B, update.A), update.Scale);
        return (update.Magnitude is null ? merged : merged.mul(Gain(merged, update.Magnitude).unsqueeze(1))).MoveToOuterDisposeScope();
    }

    /// <summary>The bias of a layer with an update: PEFT's lora_bias adds to it, also where there is none.</summary>
    public static torch.Tensor? Biased(torch.Tensor? bias, LoraUpdate? update) =>
        update?.Bias is not { } added ? bias
        : bias is null ? Ops.Scale(added, update.Scale)
        : Ops.AddScaled(bias.to(torch.ScalarType.Float32), added, update.Scale);

    /// <summary>The update as a branch beside a weight that stays quantised.</summary>
    public static LowRankBranch? Branch(QuantisedWeight weight, LoraUpdate? update)
    {
        if (update is null)
        {
            return null;
        }

        var up = Ops.Scale(update.B, update.Scale);
        return new LowRankBranch(
            update.A,
            up,
            update.Magnitude is null ? null : Gain(Ops.Add(weight.Dequantise(), Ops.MatrixProduct(up, update.A)), update.Magnitude));
    }

    /// <summary>The update of a layer.</summary>
    public LoraUpdate? Update(string name, int rows, int width) => adapter?.FindUpdate(Dropped + name, rows, width) ?? adapter?.FindUpdate(name, rows, width);

    /// <summary>A weight with its layer's update, where it has one.</summary>
    public torch.Tensor Merged(string name, torch.Tensor weight) => Merged(weight, Update(name, (int)weight.size(0), (int)weight.size(1)));

    /// <summary>A table [rows, width] with its update, which is that of a layer from rows to width.</summary>
    public torch.Tensor MergedTable(string parameter, torch.Tensor table)
    {
        var update = Update(parameter[..^".weight".Length], (int)table.size(1), (int)table.size(0));
        return update is null ? table : Merged(table.t(), update).t().contiguous();
    }

    /// <summary>The adapter's own parameter in place of the checkpoint's; null where it has none.</summary>
    public torch.Tensor? Replacement(string name, params ReadOnlySpan<long> shape) =>
        adapter?.FindParameter(Dropped + name, shape) ?? adapter?.FindParameter(name, shape);

    /// <summary>Makes it an error that parts of the adapter were not used.</summary>
    public void ThrowIfUnused() => adapter?.ThrowIfUnused();

    private static torch.Tensor Gain(torch.Tensor merged, torch.Tensor magnitude) => magnitude.div(merged.mul(merged).sum([1]).sqrt());
}
