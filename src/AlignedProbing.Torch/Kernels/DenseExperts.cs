using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Kernels;

/// <summary>
/// An expert that works on all rows; those that have not chosen it get nothing of it. Who has is decided on the device, as <see cref="ExpertRouting"/> decides,
/// and nobody waits for it.
/// </summary>
internal sealed class DenseExperts : ExpertWork
{
    private readonly torch.Tensor _weights;

    private DenseExperts(int expert, torch.Tensor weights) => (Expert, _weights) = (expert, weights);

    public override int Expert { get; }

    /// <summary>The work of all experts.</summary>
    /// <param name="scores">[tokens, experts].</param>
    /// <param name="chosen">Experts a token.</param>
    /// <param name="renormalise">Whether a token's weights are divided by their sum.</param>
    public static IReadOnlyList<ExpertWork> Of(torch.Tensor scores, int chosen, bool renormalise)
    {
        using var scope = torch.NewDisposeScope();
        var all = torch.softmax(scores, -1);
        // Of equals the first, the one with the lower number.
        var (sorted, order) = all.sort(1, descending: true, stable: true);
        var best = sorted.narrow(1, 0, chosen);
        best = renormalise ? best.div(best.sum(1, keepdim: true)) : best;
        var weights = torch.zeros_like(all).scatter_(1, order.narrow(1, 0, chosen), best).MoveToOuterDisposeScope();
        return [.. Enumerable.Range(0, (int)scores.size(1)).Select(expert => new DenseExperts(expert, weights))];
    }

    public override torch.Tensor Take(torch.Tensor x) => x;

    public override void AddTo(torch.Tensor result, torch.Tensor made)
    {
        using var scope = torch.NewDisposeScope();
        var weights = _weights.narrow(1, Expert, 1);
        // What is not a number stays with the rows that have chosen it.
        Ops.AddInPlace(result, Ops.MaskedFill(made.mul(weights), Ops.EqualTo(weights, 0), 0));
    }
}
