using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Kernels;

/// <summary>
/// What models are built of beside linear layers. Tensors are float32 [tokens, ...]; the same contract is met on the CPU by managed loops and elsewhere by
/// torch's operators.
/// </summary>
internal abstract class ModelKernels
{
    /// <summary>The kernels for tensors on a device.</summary>
    public static ModelKernels For(torch.Device device) => device.type == DeviceType.CPU ? ManagedKernels.Instance : TorchKernels.Instance;

    /// <summary>Whether what a pass makes is best reduced where it is: reading it in CPU memory would wait for the device.</summary>
    public virtual bool OnDevice => false;

    /// <summary>Some rows of a table of any floating-point type, as float32 [rows, width].</summary>
    /// <param name="table">[entries, width].</param>
    /// <param name="indices">int64 [rows].</param>
    public virtual torch.Tensor Embed(torch.Tensor table, torch.Tensor indices)
    {
        using var scope = torch.NewDisposeScope();
        return Ops.Rows(table, indices).to(torch.ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>A linear layer on every row.</summary>
    public virtual torch.Tensor Linear(Linear linear, torch.Tensor rows) => linear.Forward(rows);

    /// <summary>
    /// A linear layer whose result is read by <paramref name="next"/> through an activation. Layers that multiply bfloat16 round what they are given and widen
    /// what they give: between two of them that is done once, within the activation, for the same results.
    /// </summary>
    public virtual torch.Tensor LinearBefore(Linear linear, Linear next, torch.Tensor rows) =>
        linear.IsNarrow && next.IsNarrow ? linear.ForwardNarrow(rows) : linear.Forward(rows);

    /// <summary>The output head on every row.</summary>
    public virtual torch.Tensor Head(Linear head, torch.Tensor rows) => head.Forward(rows);

    /// <summary>Root-mean-square norm of each row.</summary>
    /// <returns>A new tensor of the same shape.</returns>
    public abstract torch.Tensor RmsNorm(torch.Tensor rows, torch.Tensor weight, float epsilon);

    /// <summary>Root-mean-square norm of each head of each row, in place: one head of the whole projection's width norms the projection.</summary>
    /// <param name="heads">The heads.</param>
    /// <param name="weight">[head size], the same for all heads.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    public abstract void NormHeads(in Heads heads, torch.Tensor weight, float epsilon);

    /// <summary>Layer norm of each head of each row, in place.</summary>
    /// <param name="heads">The heads.</param>
    /// <param name="norm">Of all heads [head size], or of each head its own [heads * head size].</param>
    public abstract void NormHeads(in Heads heads, LayerNormWeights norm);

    /// <summary>Puts every element through xIELU, in place.</summary>
    public abstract void Xielu(torch.Tensor rows, in XieluNumbers numbers);

    /// <summary>Multiplies every element by another, in place.</summary>
    /// <param name="rows">[tokens, width].</param>
    /// <param name="factors">[tokens, width], [tokens, 1] or [width].</param>
    public virtual void Multiply(torch.Tensor rows, torch.Tensor factors)
    {
        using var scope = torch.NewDisposeScope();
        rows.mul_(factors);
    }

    /// <summary>activation(gate) * up.</summary>
    /// <param name="gateAndUp">float32 [tokens, 2 * width]: gate, then up.</param>
    /// <param name="activation">The activation.</param>
    /// <returns>[tokens, width].</returns>
    public torch.Tensor Gate(torch.Tensor gateAndUp, Activation activation)
    {
        using var scope = torch.NewDisposeScope();
        var width = gateAndUp.size(1) / 2;
        var gate = gateAndUp.narrow(1, 0, width).contiguous();
        Activate(gate, activation);
        Multiply(gate, gateAndUp.narrow(1, width, width));
        return gate.MoveToOuterDisposeScope();
    }

    /// <summary>Of each row, how far its elements lie above its mean and some of its standard deviations; 0 for those below, in place.</summary>
    /// <param name="rows">[tokens, width].</param>
    /// <param name="deviations">How many.</param>
    public virtual void KeepAbove(torch.Tensor rows, float deviations)
    {
        using var scope = torch.NewDisposeScope();
        var (mean, deviation) = (rows.mean([1], true), rows.std([1], false, true));
        rows.copy_(Ops.Subtract(rows, Ops.AddScaled(mean, deviation, deviations)).relu());
    }

    /// <summary>Makes each row as large as another one, by the root of their mean squares, in place.</summary>
    /// <param name="rows">[tokens, width].</param>
    /// <param name="other">[tokens, width].</param>
    /// <param name="least">The least mean square that a row is divided by.</param>
    public virtual void AsLargeAs(torch.Tensor rows, torch.Tensor other, float least)
    {
        using var scope = torch.NewDisposeScope();
        var (wanted, found) = (other.mul(other).mean([1], true), rows.mul(rows).mean([1], true));
        rows.mul_(wanted.div(Ops.Clamp(found, least, float.MaxValue)).sqrt());
    }

    /// <summary>Holds every element within [-limit, limit], in place.</summary>
    public abstract void Clamp(torch.Tensor rows, float limit);

    /// <summary>Multiplies every element, in place.</summary>
    public abstract void Scale(torch.Tensor rows, float factor);

    /// <summary>cap * tanh(x / cap) of every element, in place.</summary>
    public abstract void SoftCap(torch.Tensor rows, float cap);

    /// <summary>Layer norm of each row: weight * (x - mean) / sqrt(variance + epsilon) + bias.</summary>
    /// <returns>A new tensor of the same shape.</returns>
    public abstract torch.Tensor LayerNorm(torch.Tensor rows, LayerNormWeights norm);

    /// <summary>Puts every element through an activation, in place.</summary>
    public abstract void Activate(torch.Tensor rows, Activation activation);

    /// <summary>Adds a branch to the stream, in place.</summary>
    public abstract void Add(torch.Tensor stream, torch.Tensor branch);

    /// <summary>Divides the work among the experts of a mixture.</summary>
    /// <param name="scores">The router's scores [tokens, experts].</param>
    /// <param name="rule">How experts are chosen and weighted.</param>
    /// <returns>The work, in the order of the experts' numbers. It belongs to the caller's scope.</returns>
    public abstract IReadOnlyList<ExpertWork> Route(torch.Tensor scores, RoutingRule rule);

    /// <summary>silu(gate) * up.</summary>
    /// <param name="gateAndUp">[tokens, 2 * width]: gate, then up.</param>
    /// <returns>[tokens, width].</returns>
    public abstract torch.Tensor SwiGlu(torch.Tensor gateAndUp);

    /// <summary>gelu(gate) * up, with gelu's tanh form: 0.5 g (1 + tanh(sqrt(2 / pi) (g + 0.044715 g³))).</summary>
    /// <param name="gateAndUp">[tokens, 2 * width]: gate, then up.</param>
    /// <returns>[tokens, width].</returns>
    public abstract torch.Tensor GeGlu(torch.Tensor gateAndUp);

    /// <summary>Rows of logits made at a time: enough for a full matrix product, and a bounded part of memory for any vocabulary.</summary>
    public virtual int LogitRowsAtATime(int vocabulary) => 128;

    /// <summary>What operations need to know of a batch, made once a pass. It belongs to the caller.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="cache">The cache that it was made for.</param>
    /// <param name="device">Where the pass runs.</param>
    public virtual BatchMetadata Metadata(TokenBatch batch, KeyValueCache cache, torch.Device device) => new(batch, device);

    /// <summary>
    /// Turns heads by their tokens' positions, in place: the first 2 * <see cref="RotaryEmbedding.Half"/> elements of each head, the others stay.
    /// </summary>
    public abstract void Rotate(in Heads heads, RotaryEmbedding rotary, BatchMetadata batch);

    /// <summary>Attention of a batch over a cache, made once a pass.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="cache">The cache.</param>
    /// <param name="blocks">What each block mixes and keeps, the same for all passes over the cache.</param>
    public abstract IAttention Attention(BatchMetadata batch, KeyValueCache cache, IReadOnlyList<BlockShape> blocks);
}

/// <summary>Attention of one batch over one cache.</summary>
internal interface IAttention
{
    /// <summary>Adds the batch's keys and values to the cache, and mixes the values that each query sees.</summary>
    /// <param name="block">The block.</param>
    /// <param name="query">Queries, rotated.</param>
    /// <param name="key">Keys, rotated.</param>
    /// <param name="value">Values.</param>
    /// <param name="rule">How scores become weights.</param>
    /// <returns>[tokens, query heads * size of a value].</returns>
    torch.Tensor Attend(int block, in Heads query, in Heads key, in Heads value, in AttentionRule rule);

    /// <summary>Mixes the values that a block has kept, this batch's among them, for queries of a later block.</summary>
    /// <param name="block">The block that has kept them, in this pass too.</param>
    /// <param name="query">Queries, rotated; as many heads of the same size as that block's.</param>
    /// <param name="rule">How scores become weights.</param>
    /// <returns>[tokens, query heads * size of a value].</returns>
    torch.Tensor AttendKept(int block, in Heads query, in AttentionRule rule);
}

/// <summary>How scores become weights.</summary>
/// <param name="Scale">What scores are multiplied by, above 0.</param>
/// <param name="Window">
/// A token sees this many keys, its own included; null: all before it. The cache keeps all keys and the older ones are masked. Hugging Face counts columns of a
/// padded batch; here is no padding, so that columns are positions.
/// </param>
/// <param name="SoftCap">Scaled scores are bent to cap * tanh(score / cap); null: they are not.</param>
/// <param name="Slopes">
/// float32 [query heads]: a head's scaled scores fall by its slope for each position that a key lies before its query (ALiBi, Press et al. 2022); null: they
/// do not.
/// </param>
/// <param name="Chunk">Positions are cut into chunks of this many, and a token sees those of its own chunk; null: no chunks.</param>
/// <param name="Sinks">float32 [query heads]: one more score of each head, whose weight goes nowhere; null: none.</param>
internal readonly record struct AttentionRule(
    float Scale,
    int? Window = null,
    float? SoftCap = null,
    torch.Tensor? Slopes = null,
    int? Chunk = null,
    torch.Tensor? Sinks = null)
{
    /// <summary>The keys that each token sees of those that it could; null: all.</summary>
    public KeyChoice? Chosen { get; init; }

    /// <summary>First position that the token at a position sees.</summary>
    public int FirstSeen(int position) =>
        Math.Max(Window is { } window ? Math.Max(0, position - window + 1) : 0, Chunk is { } chunk ? position / chunk * chunk : 0);
}

/// <summary>Some columns of a tensor, read as heads.</summary>
/// <param name="Rows">Contiguous, [tokens, columns].</param>
/// <param name="First">Column at which the first head begins.</param>
/// <param name="Count">Number of heads.</param>
/// <param name="Size">Columns of a head.</param>
internal readonly record struct Heads(torch.Tensor Rows, int First, int Count, int Size)
{
    /// <summary>The heads as a view [tokens, count, size].</summary>
    public torch.Tensor View() => Rows.narrow(1, First, Count * Size).unflatten(1, Count, Size);
}
