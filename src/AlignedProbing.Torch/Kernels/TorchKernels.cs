using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Kernels;

/// <summary>
/// The kernels for any device, in torch's own operators. Rows are batched as the device likes it, so results agree with the CPU's to rounding, not to the bit.
/// </summary>
internal sealed class TorchKernels : ModelKernels
{
    /// <summary>
    /// Rows that every expert of a mixture works on, chosen or not, so that nobody waits to hear which it is. Up to so many a GPU multiplies while it reads an
    /// expert's weights, which some row needs anyway.
    /// </summary>
    private const int DenseRows = 256;

    /// <summary>Logits made at a time: 64 MB, and some ten times that while tokens are drawn from them.</summary>
    private const int LogitsAtATime = 1 << 24;

    private TorchKernels()
    {
    }

    /// <summary>The only one.</summary>
    public static TorchKernels Instance { get; } = new();

    /// <inheritdoc/>
    public override bool OnDevice => true;

    /// <inheritdoc/>
    public override torch.Tensor RmsNorm(torch.Tensor rows, torch.Tensor weight, float epsilon) => Ops.RootMeanSquareNorm(rows, weight, epsilon);

    /// <inheritdoc/>
    public override void NormHeads(in Heads heads, torch.Tensor weight, float epsilon)
    {
        using var scope = torch.NewDisposeScope();
        var view = heads.View();
        view.copy_(Ops.RootMeanSquareNorm(view, weight, epsilon));
    }

    /// <inheritdoc/>
    public override void NormHeads(in Heads heads, LayerNormWeights norm)
    {
        using var scope = torch.NewDisposeScope();
        var view = heads.View();
        var normed = torch.nn.functional.layer_norm(view, [heads.Size], eps: norm.Epsilon);
        view.copy_(Ops.Add(normed.mul(norm.Weight.view(-1, heads.Size)), norm.Bias.view(-1, heads.Size)));
    }

    /// <inheritdoc/>
    public override void Xielu(torch.Tensor rows, in XieluNumbers numbers)
    {
        using var scope = torch.NewDisposeScope();
        var (zero, line) = (torch.zeros_like(rows), Ops.Scale(rows, numbers.Beta));
        var above = Ops.Add(Ops.Scale(rows.mul(rows), numbers.Positive), line);
        var below = Ops.Add(Ops.Scale(Ops.Subtract(Ops.Clamp(rows, double.NegativeInfinity, numbers.Epsilon).expm1(), rows), numbers.Negative), line);
        rows.copy_(torch.where(rows.gt(zero), above, below));
    }

    /// <inheritdoc/>
    public override void Clamp(torch.Tensor rows, float limit)
    {
        using var scope = torch.NewDisposeScope();
        rows.copy_(Ops.Clamp(rows, -limit, limit));
    }

    /// <inheritdoc/>
    public override void Scale(torch.Tensor rows, float factor)
    {
        using var scope = torch.NewDisposeScope();
        Ops.ScaleInPlace(rows, factor);
    }

    /// <inheritdoc/>
    public override void SoftCap(torch.Tensor rows, float cap)
    {
        using var scope = torch.NewDisposeScope();
        rows.copy_(Capped(rows, cap));
    }

    /// <inheritdoc/>
    public override torch.Tensor LayerNorm(torch.Tensor rows, LayerNormWeights norm) =>
        torch.nn.functional.layer_norm(rows, [rows.size(1)], norm.Weight, norm.Bias, norm.Epsilon);

    /// <inheritdoc/>
    public override void Activate(torch.Tensor rows, Activation activation)
    {
        using var scope = torch.NewDisposeScope();
        rows.copy_(activation switch
        {
            Activation.Relu => torch.nn.functional.relu(rows),
            Activation.Gelu => torch.nn.functional.gelu(rows),
            Activation.GeluTanh => GeluTanh(rows),
            Activation.Silu => torch.nn.functional.silu(rows),
            Activation.Relu2 => Squared(torch.nn.functional.relu(rows)),
            Activation.QuickGelu => rows.mul(Ops.Scale(rows, 1.702).sigmoid()),
            Activation.Sigmoid => rows.sigmoid(),
            _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "Not an activation."),
        });
    }

    /// <inheritdoc/>
    public override void Add(torch.Tensor stream, torch.Tensor branch)
    {
        using var scope = torch.NewDisposeScope();
        Ops.AddInPlace(stream, branch);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ExpertWork> Route(torch.Tensor scores, RoutingRule rule) =>
        rule.IsPlain && scores.size(0) <= DenseRows ? DenseExperts.Of(scores, rule.Chosen, rule.Renormalise) : SparseExperts.Of(scores, rule);

    /// <inheritdoc/>
    public override torch.Tensor SwiGlu(torch.Tensor gateAndUp)
    {
        using var scope = torch.NewDisposeScope();
        var width = gateAndUp.size(1) / 2;
        return torch.nn.functional.silu(gateAndUp.narrow(1, 0, width)).mul(gateAndUp.narrow(1, width, width)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override torch.Tensor GeGlu(torch.Tensor gateAndUp)
    {
        using var scope = torch.NewDisposeScope();
        var width = gateAndUp.size(1) / 2;
        return GeluTanh(gateAndUp.narrow(1, 0, width)).mul(gateAndUp.narrow(1, width, width)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override int LogitRowsAtATime(int vocabulary) => Math.Max(16, LogitsAtATime / vocabulary);

    /// <inheritdoc/>
    public override BatchMetadata Metadata(TokenBatch batch, KeyValueCache cache, torch.Device device) => new PaddedMetadata(batch, cache, device);

    /// <inheritdoc/>
    public override void Rotate(in Heads heads, RotaryEmbedding rotary, BatchMetadata batch)
    {
        using var scope = torch.NewDisposeScope();
        var (cosine, sine) = ((PaddedMetadata)batch).Angles(rotary);
        var turned = heads.View();
        var pairs = rotary.PairsAreNeighbours ? turned.narrow(2, 0, 2 * rotary.Half).unflatten(2, rotary.Half, 2) : null;
        var left = pairs?.select(3, 0) ?? turned.narrow(2, 0, rotary.Half);
        var right = pairs?.select(3, 1) ?? turned.narrow(2, rotary.Half, rotary.Half);
        var newLeft = Ops.Subtract(left.mul(cosine), right.mul(sine));
        var newRight = Ops.Add(right.mul(cosine), left.mul(sine));
        left.copy_(newLeft);
        right.copy_(newRight);
    }

    /// <inheritdoc/>
    public override IAttention Attention(BatchMetadata batch, KeyValueCache cache, IReadOnlyList<BlockShape> blocks) =>
        new PaddedAttention((PaddedMetadata)batch, cache, blocks);

    /// <summary>cap * tanh(score / cap).</summary>
    internal static torch.Tensor Capped(torch.Tensor scores, float cap) => Ops.Scale(Ops.Scale(scores, 1.0 / cap).tanh(), cap);

    private static torch.Tensor Squared(torch.Tensor x) => x.mul(x);

    private static torch.Tensor GeluTanh(torch.Tensor x)
    {
        var inner = Ops.Scale(Ops.AddScaled(x, x.mul(x).mul(x), 0.044715), Math.Sqrt(2 / Math.PI));
        return Ops.Scale(x, 0.5).mul(Ops.Add(inner.tanh(), 1));
    }
}
