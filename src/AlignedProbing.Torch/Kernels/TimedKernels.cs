using System.Diagnostics;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Kernels;

/// <summary>Kernels that tell a clock how long each of them took, and compute as those within do.</summary>
/// <param name="kernels">The kernels within.</param>
/// <param name="clock">What is told.</param>
internal sealed class TimedKernels(ModelKernels kernels, IForwardClock clock) : ModelKernels
{
    public override bool OnDevice => kernels.OnDevice;

    public override torch.Tensor Embed(torch.Tensor table, torch.Tensor indices)
    {
        var start = Stopwatch.GetTimestamp();
        return Told(ForwardPart.Embedding, start, kernels.Embed(table, indices));
    }

    public override torch.Tensor Linear(Linear linear, torch.Tensor rows)
    {
        var start = Stopwatch.GetTimestamp();
        return Told(ForwardPart.Linear, start, kernels.Linear(linear, rows));
    }

    public override torch.Tensor LinearBefore(Linear linear, Linear next, torch.Tensor rows)
    {
        var start = Stopwatch.GetTimestamp();
        return Told(ForwardPart.Linear, start, kernels.LinearBefore(linear, next, rows));
    }

    public override torch.Tensor Head(Linear head, torch.Tensor rows)
    {
        var start = Stopwatch.GetTimestamp();
        return Told(ForwardPart.Head, start, kernels.Head(head, rows));
    }

    public override torch.Tensor RmsNorm(torch.Tensor rows, torch.Tensor weight, float epsilon)
    {
        var start = Stopwatch.GetTimestamp();
        return Told(ForwardPart.NormAndRotary, start, kernels.RmsNorm(rows, weight, epsilon));
    }

    public override void NormHeads(in Heads heads, torch.Tensor weight, float epsilon)
    {
        var start = Stopwatch.GetTimestamp();
        kernels.NormHeads(heads, weight, epsilon);
        clock.Add(ForwardPart.NormAndRotary, start);
    }

    public override void NormHeads(in Heads heads, LayerNormWeights norm)
    {
        var start = Stopwatch.GetTimestamp();
        kernels.NormHeads(heads, norm);
        clock.Add(ForwardPart.NormAndRotary, start);
    }

    public override void Xielu(torch.Tensor rows, in XieluNumbers numbers)
    {
        var start = Stopwatch.GetTimestamp();
        kernels.Xielu(rows, numbers);
        clock.Add(ForwardPart.Activation, start);
    }

    public override void Multiply(torch.Tensor rows, torch.Tensor factors)
    {
        var start = Stopwatch.GetTimestamp();
        kernels.Multiply(rows, factors);
        clock.Add(ForwardPart.Activation, start);
    }

    public override void Clamp(torch.Tensor rows, float limit)
    {
        var start = Stopwatch.GetTimestamp();
        kernels.Clamp(rows, limit);
        clock.Add(ForwardPart.NormAndRotary, start);
    }

    public override void Scale(torch.Tensor rows, float factor)
    {
        var start = Stopwatch.GetTimestamp();
        kernels.Scale(rows, factor);
        clock.Add(ForwardPart.NormAndRotary, start);
    }

    public override void SoftCap(torch.Tensor rows, float cap)
    {
        var start = Stopwatch.GetTimestamp();
        kernels.SoftCap(rows, cap);
        clock.Add(ForwardPart.NormAndRotary, start);
    }

    public override void KeepAbove(torch.Tensor rows, float deviations)
    {
        var start = Stopwatch.GetTimestamp();
        kernels.KeepAbove(rows, deviations);
        clock.Add(ForwardPart.Activation, start);
    }

    public override void AsLargeAs(torch.Tensor rows, torch.Tensor other, float least)
    {
        var start = Stopwatch.GetTimestamp();
        kernels.AsLargeAs(rows, other, least);
        clock.Add(ForwardPart.NormAndRotary, start);
    }

    public override torch.Tensor LayerNorm(torch.Tensor rows, LayerNormWeights norm)
    {
        var start = Stopwatch.GetTimestamp();
        return Told(ForwardPart.NormAndRotary, start, kernels.LayerNorm(rows, norm));
    }

    public override void Activate(torch.Tensor rows, Activation activation)
    {
        var start = Stopwatch.GetTimestamp();
        kernels.Activate(rows, activation);
        clock.Add(ForwardPart.Activation, start);
    }

    public override void Add(torch.Tensor stream, torch.Tensor branch)
    {
        var start = Stopwatch.GetTimestamp();
        kernels.Add(stream, branch);
        clock.Add(ForwardPart.NormAndRotary, start);
    }

    public override IReadOnlyList<ExpertWork> Route(torch.Tensor scores, RoutingRule rule)
    {
        var start = Stopwatch.GetTimestamp();
        return Told(ForwardPart.Activation, start, kernels.Route(scores, rule).Select(work => new TimedWork(work, clock)).ToArray());
    }

    public override torch.Tensor SwiGlu(torch.Tensor gateAndUp)
    {
        var start = Stopwatch.GetTimestamp();
        return Told(ForwardPart.Activation, start, kernels.SwiGlu(gateAndUp));
    }

    public override torch.Tensor GeGlu(torch.Tensor gateAndUp)
    {
        var start = Stopwatch.GetTimestamp();
        return Told(ForwardPart.Activation, start, kernels.GeGlu(gateAndUp));
    }

    public override int LogitRowsAtATime(int vocabulary) => kernels.LogitRowsAtATime(vocabulary);

    public override BatchMetadata Metadata(TokenBatch batch, KeyValueCache cache, torch.Device device) => kernels.Metadata(batch, cache, device);

    public override void Rotate(in Heads heads, RotaryEmbedding rotary, BatchMetadata batch)
    {
        var start = Stopwatch.GetTimestamp();
        kernels.Rotate(heads, rotary, batch);
        clock.Add(ForwardPart.NormAndRotary, start);
    }

    public override IAttention Attention(BatchMetadata batch, KeyValueCache cache, IReadOnlyList<BlockShape> blocks) =>
        new TimedAttention(kernels.Attention(batch, cache, blocks), clock);

    private T Told<T>(ForwardPart part, long start, T made)
    {
        clock.Add(part, start);
        return made;
    }

    private sealed class TimedAttention(IAttention attention, IForwardClock clock) : IAttention
    {
        public torch.Tensor Attend(int block, in Heads query, in Heads key, in Heads value, in AttentionRule rule)
        {
            var start = Stopwatch.GetTimestamp();
            var mixed = attention.Attend(block, query, key, value, rule);
            clock.Add(ForwardPart.Attention, start);
            return mixed;
        }

        public torch.Tensor AttendKept(int block, in Heads query, in AttentionRule rule)
        {
            var start = Stopwatch.GetTimestamp();
            var mixed = attention.AttendKept(block, query, rule);
            clock.Add(ForwardPart.Attention, start);
            return mixed;
        }
    }

    private sealed class TimedWork(ExpertWork work, IForwardClock clock) : ExpertWork
    {
        public override int Expert => work.Expert;

        public override torch.Tensor Take(torch.Tensor x)
        {
            var start = Stopwatch.GetTimestamp();
            var rows = work.Take(x);
            clock.Add(ForwardPart.Activation, start);
            return rows;
        }

        public override void AddTo(torch.Tensor result, torch.Tensor made)
        {
            var start = Stopwatch.GetTimestamp();
            work.AddTo(result, made);
            clock.Add(ForwardPart.Activation, start);
        }
    }
}
