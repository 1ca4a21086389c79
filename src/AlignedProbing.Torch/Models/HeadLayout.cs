using AlignedProbing.Torch.Kernels;
using TorchSharp;

namespace AlignedProbing.Torch.Models;

/// <summary>How queries, keys and values lie beside one another in the columns of one projection: all queries, all keys, all values.</summary>
/// <param name="Queries">Query heads.</param>
/// <param name="KeyValues">Heads of keys and of values.</param>
/// <param name="Size">Elements of a head.</param>
internal readonly record struct HeadLayout(int Queries, int KeyValues, int Size)
{
    /// <summary>Columns of the queries.</summary>
    public int Width => Queries * Size;

    /// <summary>Columns of the keys, and of the values.</summary>
    public int KeyWidth => KeyValues * Size;

    /// <summary>Reads <c>num_attention_heads</c>, <c>num_key_value_heads</c> (as many, where absent) and <c>head_dim</c> (a share of the width).</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="width">Width of a hidden state.</param>
    /// <exception cref="InputException">Heads that do not go into one another.</exception>
    public static HeadLayout Read(ModelConfig config, int width)
    {
        var heads = config.Size("num_attention_heads");
        return Of(config, width, heads, config.OptionalSize("num_key_value_heads") ?? heads, config.OptionalSize("head_dim"));
    }

    /// <summary>A layout that has been checked.</summary>
    /// <param name="config">The configuration that says so.</param>
    /// <param name="width">Width of a hidden state.</param>
    /// <param name="heads">Query heads.</param>
    /// <param name="keyValueHeads">Heads of keys and values.</param>
    /// <param name="size">Elements of a head; null: the width's share.</param>
    /// <exception cref="InputException">Heads that do not go into one another.</exception>
    public static HeadLayout Of(ModelConfig config, int width, int heads, int keyValueHeads, int? size = null) =>
        heads % keyValueHeads != 0 ? throw config.Broken($"{heads} query heads cannot share {keyValueHeads} key-value heads")
        : size is null && width % heads != 0 ? throw config.Broken($"{heads} heads cannot share {width} columns")
        : new HeadLayout(heads, keyValueHeads, size ?? width / heads);

    /// <summary>The layers that make queries, keys and values, as one.</summary>
    public AlignedProbing.Torch.Weights.Linear Projection(ModelWeights weights, int width, bool bias, string prefix) =>
        weights.Linear(width, bias, ($"{prefix}.q_proj", Width), ($"{prefix}.k_proj", KeyWidth), ($"{prefix}.v_proj", KeyWidth));

    /// <summary>The queries of a projection [tokens, columns].</summary>
    public Heads QueriesOf(torch.Tensor projected) => new(projected, 0, Queries, Size);

    /// <summary>Its keys.</summary>
    public Heads KeysOf(torch.Tensor projected) => new(projected, Width, KeyValues, Size);

    /// <summary>Its values.</summary>
    public Heads ValuesOf(torch.Tensor projected) => new(projected, Width + KeyWidth, KeyValues, Size);

    /// <summary>The sizes of a model all of whose blocks have these heads.</summary>
    public ModelSizes Sizes(int blocks, int width, int vocabulary, int context, RotaryEmbedding? rotary, long parameters) => new()
    {
        Blocks = blocks,
        Width = width,
        Vocabulary = vocabulary,
        QueryHeads = Queries,
        KeyValueHeads = KeyValues,
        HeadSize = Size,
        Context = (int)(context * (rotary?.Stretch ?? 1)),
        RotaryByLengthAbove = rotary?.ByLengthAbove,
        Parameters = parameters,
    };
}
