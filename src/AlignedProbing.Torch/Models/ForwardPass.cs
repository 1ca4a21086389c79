using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models;

/// <summary>
/// One forward pass: the operations a model file is written in, over one batch and one cache. It owns every tensor made during the pass. When it ends without
/// an error, the cache holds the batch.
/// </summary>
internal sealed class ForwardPass : IDisposable
{
    private readonly ModelSizes _sizes;
    private readonly TokenBatch _batch;
    private readonly IForwardObserver _observer;
    private readonly ISiteEditor? _editor;
    private readonly ModelKernels _kernels;
    private readonly BatchMetadata _metadata;
    private readonly IAttention _attention;
    private readonly DisposeScope _scope;
    private readonly KeyValueCache? _cache;

    public ForwardPass(
        ModelSizes sizes,
        TokenBatch batch,
        KeyValueCache cache,
        IForwardObserver observer,
        ISiteEditor? editor,
        torch.Device device,
        ModelKernels kernels)
    {
        (_sizes, _batch, _editor) = (sizes, batch, editor);
        (_observer, _kernels) = observer is IForwardClock clock ? (new TimedObserver(observer, clock), new TimedKernels(kernels, clock)) : (observer, kernels);
        foreach (var id in batch.Ids)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)id, (uint)sizes.Vocabulary, "token id");
        }

        foreach (var position in batch.Positions)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, sizes.Context, "position");
        }

        _metadata = _kernels.Metadata(batch, cache, device);
        _attention = _kernels.Attention(_metadata, cache, sizes.AttentionShapes);
        _scope = torch.NewDisposeScope();
    }

    /// <summary>A pass of a model with its own kernels, on its own device.</summary>
    public ForwardPass(CausalModel model, TokenBatch batch, KeyValueCache cache, IForwardObserver observer, ISiteEditor? editor)
        : this(model.Sizes, batch, cache, observer, editor, model.Weights!.Device, model.Weights.Kernels)
    {
        _cache = cache;
    }

    /// <summary>
    /// Everything after the embedding: the blocks in order, the final norm, the head, with sites and hidden states on the way. The cache holds the batch at the
    /// end.
    /// </summary>
    /// <param name="x">The embedding's output [tokens, width].</param>
    /// <param name="blocks">The blocks.</param>
    /// <param name="norm">The final norm.</param>
    /// <param name="head">The output head.</param>
    /// <param name="finish">What is done to logits [rows, vocabulary], in place; null: nothing.</param>
    /// <param name="begin">What else is made of the embedding's output before the first block; null: nothing.</param>
    public void Run(
        torch.Tensor x,
        IReadOnlyList<IDecoderBlock> blocks,
        Func<torch.Tensor, torch.Tensor> norm,
        Linear head,
        Action<torch.Tensor>? finish = null,
        Action<torch.Tensor>? begin = null)
    {
        At(SiteKind.Embedding, -1, x);
        begin?.Invoke(x);
        for (var block = 0; block < blocks.Count; block++)
        {
            States(block, x);
            using var scope = torch.NewDisposeScope();
            At(SiteKind.BlockInput, block, x);
            blocks[block].Forward(x, this);
            At(SiteKind.BlockOutput, block, x);
        }

        var last = norm(x);
        At(SiteKind.FinalNorm, -1, last);
        States(blocks.Count, last);
        Logits(head, last, finish);
        _cache!.Advance(_batch);
    }

    /// <summary>Adds what attention or a feed-forward part gives to the stream, after an editor has seen it.</summary>
    public void AddBranch(SiteKind kind, int block, torch.Tensor x, torch.Tensor branch)
    {
        At(kind, block, branch);
        Add(x, branch);
    }

    /// <summary>Rows of a table of any floating-point type, one a token, as float32 [tokens, width].</summary>
    public torch.Tensor Embed(torch.Tensor table)
    {
        using var ids = _metadata.Ids;
        return _kernels.Embed(table, ids);
    }

    /// <summary>As <see cref="Embed"/>, of a table that may have fewer rows than the vocabulary: tokens without a row take row 0.</summary>
    public torch.Tensor EmbedKnown(torch.Tensor table)
    {
        using var scope = torch.NewDisposeScope();
        var rows = table.size(0);
        using var known = torch.tensor(Array.ConvertAll(_batch.Ids, id => id < rows ? id : 0L), device: _metadata.Device);
        return _kernels.Embed(table, known).MoveToOuterDisposeScope();
    }

    /// <summary>Rows of a table of learned positions, one a token, as float32 [tokens, width].</summary>
    /// <param name="table">[positions, width] of any floating-point type.</param>
    /// <param name="first">The row of position 0.</param>
    public torch.Tensor EmbedPositions(torch.Tensor table, int first = 0)
    {
        using var positions = _metadata.Positions;
        using var fromFirst = table.narrow(0, first, table.size(0) - first);
        return _kernels.Embed(fromFirst, positions);
    }

    /// <summary>A linear layer on every row.</summary>
    public torch.Tensor Linear(Linear linear, torch.Tensor rows) => _kernels.Linear(linear, rows);

    /// <inheritdoc cref="ModelKernels.RmsNorm"/>
    public torch.Tensor RmsNorm(torch.Tensor rows, torch.Tensor weight, float epsilon) => _kernels.RmsNorm(rows, weight, epsilon);

    /// <inheritdoc cref="ModelKernels.NormHeads(in Heads, torch.Tensor, float)"/>
    public void NormHeads(in Heads heads, torch.Tensor weight, float epsilon) => _kernels.NormHeads(heads, weight, epsilon);

    /// <inheritdoc cref="ModelKernels.NormHeads(in Heads, LayerNormWeights)"/>
    public void NormHeads(in Heads heads, LayerNormWeights norm) => _kernels.NormHeads(heads, norm);

    /// <inheritdoc cref="ModelKernels.Xielu"/>
    public void Xielu(torch.Tensor rows, in XieluNumbers numbers) => _kernels.Xielu(rows, numbers);

    /// <inheritdoc cref="ModelKernels.Gate"/>
    public torch.Tensor Gate(torch.Tensor gateAndUp, Activation activation) => _kernels.Gate(gateAndUp, activation);

    /// <inheritdoc cref="Recurrence.Convolve"/>
    public torch.Tensor Convolve(torch.Tensor input, float[] weights, float[]? bias, int block, bool silu = true) =>
        Recurrence.Convolve(_batch, _cache!.States, $"{block}.convolution", input, weights, bias, silu);

    /// <summary>Runs a block's state along the tokens of each sequence.</summary>
    /// <param name="input">float32 [tokens, inputs].</param>
    /// <param name="block">The block.</param>
    /// <param name="size">Numbers of a state; they begin as 0.</param>
    /// <param name="units">Parts of a state that do not read one another.</param>
    /// <param name="outputs">Numbers that a token gives.</param>
    /// <param name="step">What becomes of a token.</param>
    /// <returns>float32 [tokens, outputs].</returns>
    public torch.Tensor Recur(torch.Tensor input, int block, int size, int units, int outputs, RecurrentStep step) =>
        Recurrence.Run(_batch, _cache!.States, $"{block}.state", size, input, units, outputs, step);

    /// <inheritdoc cref="KeyChoice.Best"/>
    public KeyChoice ChooseKeys(int block, torch.Tensor queries, torch.Tensor keys, torch.Tensor factors, int count) =>
        KeyChoice.Best(_batch, _cache!.States, $"{block}.index", queries, keys, factors, count);

    /// <inheritdoc cref="ModelKernels.Multiply"/>
    public void Multiply(torch.Tensor rows, torch.Tensor factors) => _kernels.Multiply(rows, factors);

    /// <summary>A number of each token's position, float32 [tokens, 1].</summary>
    public torch.Tensor OfPositions(Func<int, float> number) =>
        DeviceCopies.ToDevice(Array.ConvertAll(_batch.Positions, position => number(position)), [_batch.Tokens, 1], _metadata.Device);

    /// <inheritdoc cref="ModelKernels.KeepAbove"/>
    public void KeepAbove(torch.Tensor rows, float deviations) => _kernels.KeepAbove(rows, deviations);

    /// <inheritdoc cref="ModelKernels.AsLargeAs"/>
    public void AsLargeAs(torch.Tensor rows, torch.Tensor other, float least) => _kernels.AsLargeAs(rows, other, least);

    /// <inheritdoc cref="ModelKernels.Clamp"/>
    public void Clamp(torch.Tensor rows, float limit) => _kernels.Clamp(rows, limit);

    /// <inheritdoc cref="ModelKernels.Scale"/>
    public void Scale(torch.Tensor rows, float factor) => _kernels.Scale(rows, factor);

    /// <inheritdoc cref="ModelKernels.SoftCap"/>
    public void SoftCap(torch.Tensor rows, float cap) => _kernels.SoftCap(rows, cap);

    /// <inheritdoc cref="ModelKernels.LayerNorm"/>
    public torch.Tensor LayerNorm(torch.Tensor rows, LayerNormWeights norm) => _kernels.LayerNorm(rows, norm);

    /// <inheritdoc cref="ModelKernels.Activate"/>
    public void Activate(torch.Tensor rows, Activation activation) => _kernels.Activate(rows, activation);

    /// <inheritdoc cref="ModelKernels.Rotate"/>
    public void Rotate(in Heads heads, RotaryEmbedding rotary) => _kernels.Rotate(heads, rotary, _metadata);

    /// <inheritdoc cref="IAttention.Attend"/>
    public torch.Tensor Attend(int block, in Heads query, in Heads key, in Heads value, in AttentionRule rule) =>
        _attention.Attend(block, query, key, value, rule);

    /// <inheritdoc cref="IAttention.AttendKept"/>
    public torch.Tensor AttendKept(int block, in Heads query, in AttentionRule rule) => _attention.AttendKept(block, query, rule);

    /// <summary>A gated feed-forward part: down(silu(gate) * up).</summary>
    /// <param name="gateAndUp">The layers that make gate and up, stacked.</param>
    /// <param name="down">The layer that follows.</param>
    /// <param name="x">[tokens, width].</param>
    public torch.Tensor SwiGlu(Linear gateAndUp, Linear down, torch.Tensor x) => Gated(gateAndUp, down, x, _kernels.SwiGlu);

    /// <summary>A gated feed-forward part: down(gelu(gate) * up), gelu in its tanh form.</summary>
    /// <param name="gateAndUp">The layers that make gate and up, stacked.</param>
    /// <param name="down">The layer that follows.</param>
    /// <param name="x">[tokens, width].</param>
    public torch.Tensor GeGlu(Linear gateAndUp, Linear down, torch.Tensor x) => Gated(gateAndUp, down, x, _kernels.GeGlu);

    /// <summary>A gated feed-forward part: down(activation(gate) * up).</summary>
    /// <param name="gateAndUp">The layers that make gate and up, stacked.</param>
    /// <param name="down">The layer after them.</param>
    /// <param name="x">[tokens, width].</param>
    /// <param name="activation">The activation.</param>
    public torch.Tensor Gated(Linear gateAndUp, Linear down, torch.Tensor x, Activation activation) => activation switch
    {
        Activation.Silu => SwiGlu(gateAndUp, down, x),
        Activation.GeluTanh => GeGlu(gateAndUp, down, x),
        _ => Linear(down, _kernels.Gate(Linear(gateAndUp, x), activation)),
    };

    /// <summary>A feed-forward part without a gate: down(activation(up(x))).</summary>
    /// <param name="up">The first layer.</param>
    /// <param name="down">The layer after it.</param>
    /// <param name="x">[tokens, width].</param>
    /// <param name="activation">The activation.</param>
    public torch.Tensor FeedForward(Linear up, Linear down, torch.Tensor x, Activation activation)
    {
        var inner = Linear(up, x);
        Activate(inner, activation);
        return Linear(down, inner);
    }

    /// <summary>
    /// A mixture of experts: each token's result is the weighted sum of those of its experts, added in the order of their numbers. An expert computes for its
    /// tokens alone.
    /// </summary>
    /// <param name="x">[tokens, width].</param>
    /// <param name="scores">The router's scores [tokens, experts].</param>
    /// <param name="chosen">Experts a token.</param>
    /// <param name="renormalise">Whether a token's weights are divided by their sum.</param>
    /// <param name="expert">What an expert makes of rows [rows, width].</param>
    public torch.Tensor Experts(torch.Tensor x, torch.Tensor scores, int chosen, bool renormalise, Func<int, torch.Tensor, torch.Tensor> expert) =>
        Experts(x, scores, new RoutingRule(chosen, renormalise), expert);

    /// <summary>A mixture of experts, chosen and weighted by a rule.</summary>
    /// <param name="x">[tokens, width].</param>
    /// <param name="scores">The router's scores [tokens, experts].</param>
    /// <param name="rule">How experts are chosen and weighted.</param>
    /// <param name="expert">What an expert makes of rows [rows, width].</param>
    public torch.Tensor Experts(torch.Tensor x, torch.Tensor scores, RoutingRule rule, Func<int, torch.Tensor, torch.Tensor> expert)
    {
        var result = torch.zeros_like(x);
        var all = _kernels.Route(scores, rule);
        foreach (var work in all)
        {
            using var scope = torch.NewDisposeScope();
            var rows = work.Take(x);
            var made = expert(work.Expert, rows);
            work.AddTo(result, made);
        }

        return result;
    }

    /// <inheritdoc cref="ModelKernels.Add"/>
    public void Add(torch.Tensor stream, torch.Tensor branch) => _kernels.Add(stream, branch);

    /// <summary>Lets the editor, where there is one, read and change the value at a site.</summary>
    public void At(SiteKind kind, int block, torch.Tensor value) => _editor?.At(new Site(kind, block), value, _batch);

    /// <summary>Hands out the hidden states of a layer.</summary>
    public void States(int layer, torch.Tensor states) => _observer.OnStates(layer, states);

    /// <summary>Makes the logits asked for from the normed stream, block after block, and hands them out.</summary>
    /// <param name="head">The output head.</param>
    /// <param name="states">The normed stream [tokens, width].</param>
    /// <param name="finish">What is done to logits [rows, vocabulary], in place; null: nothing.</param>
    public void Logits(Linear head, torch.Tensor states, Action<torch.Tensor>? finish = null)
    {
        var (asked, atMost) = (_batch.LogitRows.Length, _kernels.LogitRowsAtATime(_sizes.Vocabulary));
        // In equal parts: the head is read once for each, also for one of few rows.
        var parts = Math.Max(1, (asked + atMost - 1) / atMost);
        var atATime = (asked + parts - 1) / parts;
        for (var first = 0; first < asked; first += atATime)
        {
            using var scope = torch.NewDisposeScope();
            var rows = Math.Min(atATime, asked - first);
            var chosen = rows == _batch.Tokens ? states : Ops.Rows(states, _metadata.LogitRows(first, rows));
            var logits = _kernels.Head(head, chosen);
            finish?.Invoke(logits);
            _observer.OnLogits(first, logits);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _scope.Dispose();
        _metadata.Dispose();
    }

    private torch.Tensor Gated(Linear gateAndUp, Linear down, torch.Tensor x, Func<torch.Tensor, torch.Tensor> kernel)
    {
        var both = _kernels.LinearBefore(gateAndUp, down, x); // [tokens, 2 * inner]
        var gated = kernel(both); // [tokens, inner]
        return Linear(down, gated);
    }
}
