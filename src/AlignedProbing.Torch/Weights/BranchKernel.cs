using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights;

/// <summary>
/// A layer whose weight stays as it is, with low-rank branches beside it, as PEFT runs an adapter on a quantised model: gain * (W x + up (down x)) + bias.
/// </summary>
internal sealed class BranchKernel : ILinearKernel
{
    private readonly ILinearKernel _weight;
    private readonly (int First, int Outputs, ILinearKernel Down, ILinearKernel Up, Tensor? Gain)[] _branches;
    private readonly Tensor? _bias;

    /// <summary>Takes over the weight's kernel, those of the branches, their gains and the bias.</summary>
    /// <param name="weight">The weight's, without bias.</param>
    /// <param name="branches">Each with its first output.</param>
    /// <param name="bias">[outputs] float32, or null.</param>
    public BranchKernel(
        ILinearKernel weight,
        IEnumerable<(int First, int Outputs, ILinearKernel Down, ILinearKernel Up, Tensor? Gain)> branches,
        Tensor? bias
    ) => (_weight, _branches, _bias) = (weight, [.. branches], bias);

    public string Name => $"{_weight.Name}, with an adapter beside it";

    public Tensor Forward(Tensor rows)
    {
        using var scope = NewDisposeScope();
        var result = _weight.Forward(rows);
        foreach (var (first, outputs, down, up, gain) in _branches)
        {
            var part = result.narrow(1, first, outputs);
            Ops.AddInPlace(part, up.Forward(down.Forward(rows)));
            if (gain is not null)
            {
                part.mul_(gain);
            }
        }

        return (_bias is null ? result : Ops.AddInPlace(result, _bias)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _weight.Dispose();
        foreach (var branch in _branches)
        {
            branch.Down.Dispose();
            branch.Up.Dispose();
            branch.Gain?.Dispose();
        }

        _bias?.Dispose();
    }
}
