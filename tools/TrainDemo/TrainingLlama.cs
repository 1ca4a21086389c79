using AlignedProbing.Torch.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace AlignedProbing.Tools.TrainDemo;

/// <summary>Sizes of the demo's model; the names are those of Hugging Face's <c>config.json</c>.</summary>
internal sealed record DemoModelSizes
{
    public required int VocabularySize { get; init; }

    public int Width { get; init; } = 128;

    public int FeedForwardWidth { get; init; } = 352;

    public int Layers { get; init; } = 6;

    public int Heads { get; init; } = 4;

    public int KeyValueHeads { get; init; } = 2;

    public int Context { get; init; } = 256;

    public double RopeTheta { get; init; } = 10000;

    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Whether the output head is the embedding; in training it always is.</summary>
    public bool TiedHead { get; init; } = true;

    public int HeadWidth => Width / Heads;
}

/// <summary>
/// A Llama with gradients: pre-norm blocks of grouped-query attention with rotary positions (half layout) and SwiGLU, embedding and output head tied. For
/// training alone;
/// inference has its own, which reads what this one writes.
/// </summary>
internal sealed class TrainingLlama : IDisposable
{
    private readonly DemoModelSizes _sizes;
    private readonly SortedDictionary<string, Tensor> _weights = new(StringComparer.Ordinal);
    private readonly Tensor _cos;
    private readonly Tensor _sin;

    /// <summary>Creates the model with random weights, which hang on the seed alone.</summary>
    public TrainingLlama(DemoModelSizes sizes, int seed)
    {
        _sizes = sizes;
        var (width, keyValueWidth) = (sizes.Width, sizes.KeyValueHeads * sizes.HeadWidth);
        // Every addition to the residual stream starts small, the more so the more layers there are (GPT-2).
        var residual = 0.04f / MathF.Sqrt(2 * sizes.Layers);
        Add("model.embed_tokens.weight", seed, 0.04f, sizes.VocabularySize, width);
        Add("model.norm.weight", seed, 0f, width);
        for (var i = 0; i < sizes.Layers; i++)
        {
            Add(Key(i, "input_layernorm"), seed, 0f, width);
            Add(Key(i, "post_attention_layernorm"), seed, 0f, width);
            Add(Key(i, "self_attn.q_proj"), seed, 0.04f, width, width);
            Add(Key(i, "self_attn.k_proj"), seed, 0.04f, keyValueWidth, width);
            Add(Key(i, "self_attn.v_proj"), seed, 0.04f, keyValueWidth, width);
            Add(Key(i, "self_attn.o_proj"), seed, residual, width, width);
            Add(Key(i, "mlp.gate_proj"), seed, 0.04f, sizes.FeedForwardWidth, width);
            Add(Key(i, "mlp.up_proj"), seed, 0.04f, sizes.FeedForwardWidth, width);
            Add(Key(i, "mlp.down_proj"), seed, residual, width, sizes.FeedForwardWidth);
        }

        var half = sizes.HeadWidth / 2;
        var (cos, sin) = (new float[sizes.Context * half], new float[sizes.Context * half]);
        for (var position = 0; position < sizes.Context; position++)
        {
            for (var j = 0; j < half; j++)
            {
                var angle = position * Math.Pow(sizes.RopeTheta, -2.0 * j / sizes.HeadWidth);
                cos[(position * half) + j] = (float)Math.Cos(angle);
                sin[(position * half) + j] = (float)Math.Sin(angle);
            }
        }

        _cos = tensor(cos, [sizes.Context, half]).DetachFromDisposeScope();
        _sin = tensor(sin, [sizes.Context, half]).DetachFromDisposeScope();
    }

    /// <summary>The weights by checkpoint key, float32.</summary>
    public IReadOnlyDictionary<string, Tensor> Weights => _weights;

    /// <summary>Logits of every position.</summary>
    /// <param name="ids">int64 [rows, tokens], padded on the right.</param>
    /// <param name="dropout">Share of values dropped; 0 while measuring.</param>
    /// <returns>float32 [rows, tokens, vocabulary], the caller's scope owns it.</returns>
    public Tensor Forward(Tensor ids, double dropout)
    {
        using var scope = NewDisposeScope();
        var stream = Drop(Embedding(ids), dropout);
        for (var i = 0; i < _sizes.Layers; i++)
        {
            stream = Ops.Add(stream, Drop(Attention(i, Norm(stream, Key(i, "input_layernorm"))), dropout));
            stream = Ops.Add(stream, Drop(FeedForward(i, Norm(stream, Key(i, "post_attention_layernorm"))), dropout));
        }

        return F.linear(Norm(stream, "model.norm.weight"), _weights["model.embed_tokens.weight"]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var weight in _weights.Values)
        {
            weight.Dispose();
        }

        _cos.Dispose();
        _sin.Dispose();
    }

    private static string Key(int layer, string name) => $"model.layers.{layer}.{name}.weight";

    private static Tensor Drop(Tensor values, double dropout) => dropout > 0 ? F.dropout(values, dropout, training: true) : values;

    // In: [rows, tokens]; out: [rows, tokens, width].
    private Tensor Embedding(Tensor ids) => _weights["model.embed_tokens.weight"].index_select(0, ids.flatten()).view(ids.shape[0], ids.shape[1], _sizes.Width);

    // In: [rows, tokens, width]; out: the same.
    private Tensor Attention(int layer, Tensor values)
    {
        var (rows, tokens) = (values.shape[0], values.shape[1]);
        var groups = _sizes.Heads / _sizes.KeyValueHeads;
        var query = Rotate(Heads("self_attn.q_proj", _sizes.Heads));
        var key = Repeat(Rotate(Heads("self_attn.k_proj", _sizes.KeyValueHeads)));
        var value = Repeat(Heads("self_attn.v_proj", _sizes.KeyValueHeads));
        var mixed = F.scaled_dot_product_attention(query, key, value, null, 0, true);
        return F.linear(mixed.transpose(1, 2).reshape(rows, tokens, _sizes.Width), _weights[Key(layer, "self_attn.o_proj")]);

        // [rows, heads, tokens, head width]
        Tensor Heads(string name, int heads) => F.linear(values, _weights[Key(layer, name)]).view(rows, tokens, heads, _sizes.HeadWidth).transpose(1, 2);

        // Each key-value head serves the query heads of its group, which stand side by side.
        Tensor Repeat(Tensor heads) =>
            heads.unsqueeze(2).expand(rows, _sizes.KeyValueHeads, groups, tokens, _sizes.HeadWidth).reshape(rows, _sizes.Heads, tokens, _sizes.HeadWidth);
    }

    private Tensor Rotate(Tensor heads)
    {
        var (tokens, half) = (heads.shape[2], _sizes.HeadWidth / 2);
        var (cos, sin) = (_cos.narrow(0, 0, tokens), _sin.narrow(0, 0, tokens));
        var (first, second) = (heads.narrow(3, 0, half), heads.narrow(3, half, half));
        return cat([Ops.Subtract(first.mul(cos), second.mul(sin)), Ops.Add(second.mul(cos), first.mul(sin))], 3);
    }

    private Tensor FeedForward(int layer, Tensor values)
    {
        var gate = F.silu(F.linear(values, _weights[Key(layer, "mlp.gate_proj")]));
        return F.linear(gate.mul(F.linear(values, _weights[Key(layer, "mlp.up_proj")])), _weights[Key(layer, "mlp.down_proj")]);
    }

    private Tensor Norm(Tensor values, string key)
    {
        var variance = values.mul(values).mean([-1], keepdim: true);
        return values.mul(Ops.Add(variance, _sizes.NormEpsilon).rsqrt()).mul(_weights[key]);
    }

    // A spread of 0 means ones: a norm's weight.
    private void Add(string key, int seed, float spread, params long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (product, size) => product * size)];
        var random = Numerics.RandomStream.For(seed, "demo weights", key, 0);
        for (var i = 0; i < values.Length; i++)
        {
            // Box and Muller.
            values[i] = spread == 0f
                ? 1f
                : spread * (float)(Math.Sqrt(-2 * Math.Log(1 - random.Uniform(i, 0))) * Math.Cos(2 * Math.PI * random.Uniform(i, 1)));
        }

        var weight = tensor(values, shape).DetachFromDisposeScope();
        weight.requires_grad = true;
        _weights.Add(key, weight);
    }
}
