using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Kernels;

/// <summary>
/// An expert that works on the rows that have chosen it. The program has to know which: it waits for the scores, and sends the rows and weights of all experts
/// in one copy each.
/// </summary>
internal sealed class SparseExperts : ExpertWork
{
    private readonly torch.Tensor _rows;
    private readonly torch.Tensor _weights;

    private readonly bool _weighsInput;

    private SparseExperts(int expert, torch.Tensor rows, torch.Tensor weights, bool weighsInput) =>
        (Expert, _rows, _weights, _weighsInput) = (expert, rows, weights, weighsInput);

    public override int Expert { get; }

    /// <summary>The work of the experts that have any.</summary>
    /// <param name="scores">[tokens, experts].</param>
    /// <param name="rule">How experts are chosen and weighted.</param>
    public static IReadOnlyList<ExpertWork> Of(torch.Tensor scores, RoutingRule rule)
    {
        using var local = DeviceCopies.ToHost(scores);
        var shares = ExpertRouting.Of(TensorMemory.Span<float>(local), (int)scores.size(1), rule);
        var rows = DeviceCopies.ToDevice([.. shares.SelectMany(share => share.Rows)], scores.device);
        float[] weights = [.. shares.SelectMany(share => share.Weights)];
        var ofRows = DeviceCopies.ToDevice(weights, [weights.Length, 1], scores.device);
        var work = new List<ExpertWork>();
        var first = 0L;
        foreach (var share in shares)
        {
            var count = share.Rows.Length;
            work.Add(new SparseExperts(share.Expert, rows.narrow(0, first, count), ofRows.narrow(0, first, count), rule.WeighsInput));
            first += share.Rows.Length;
        }

        return work;
    }

    public override torch.Tensor Take(torch.Tensor x) => _weighsInput ? Ops.Rows(x, _rows).mul(_weights) : Ops.Rows(x, _rows);

    public override void AddTo(torch.Tensor result, torch.Tensor made)
    {
        using var scope = torch.NewDisposeScope();
        // Rows are there once, so that no two additions meet.
        result.index_copy_(0, _rows, Ops.Add(Ops.Rows(result, _rows), _weighsInput ? made : made.mul(_weights)));
    }
}
