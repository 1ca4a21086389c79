using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Checkpoints.Adapters;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights;
using AlignedProbing.Torch.Weights.Bitsandbytes;
using TorchSharp;

namespace AlignedProbing.Torch.Models;

/// <summary>
/// What a model file takes its weights from: named tensors of a checkpoint, held as the options say. It owns all that it hands out, and
/// frees it with the model that was built of it.
/// </summary>
internal sealed class ModelWeights(
    Checkpoint checkpoint,
    LinearOptions options,
    ModelKernels kernels,
    bool quantised = false,
    RandomWeights? random = null,
    LoraAdapter? adapter = null) : IDisposable
{
    private readonly AdapterWeights _adapted = new(adapter);
    private readonly List<IDisposable> _owned = [];

    /// <summary>What the model computes with beside its linear layers.</summary>
    public ModelKernels Kernels { get; } = kernels;

    /// <summary>Where the weights are.</summary>
    public torch.Device Device => options.Device;

    /// <summary>Number of parameters taken so far, tied ones counted once.</summary>
    public long Parameters { get; private set; }

    /// <summary>A vector as float32 [width]: a norm's weight.</summary>
    public torch.Tensor Vector(string name, int width)
    {
        using var scope = torch.NewDisposeScope();
        var stored = Take(name, width);
        return Own(Untrained(name, fromOne: false, stored).to(torch.ScalarType.Float32).clone().to(options.Device).DetachFromDisposeScope());
    }

    /// <summary>A norm's weight that is stored as its difference from 1, as float32 [width].</summary>
    public torch.Tensor VectorFromOne(string name, int width)
    {
        using var scope = torch.NewDisposeScope();
        var stored = Untrained(name, fromOne: true, Take(name, width)).to(torch.ScalarType.Float32).to(options.Device);
        return Own(Ops.Add(stored, 1).DetachFromDisposeScope());
    }

    /// <summary>A layer norm that has neither weight nor bias.</summary>
    public LayerNormWeights LayerNorm(int width, float epsilon) =>
        new(
            Own(torch.ones(width, device: options.Device).DetachFromDisposeScope()),
            Own(torch.zeros(width, device: options.Device).DetachFromDisposeScope()),
            epsilon);

    /// <summary>A layer norm, <c>name.weight</c> and <c>name.bias</c> [width].</summary>
    public LayerNormWeights LayerNorm(string name, int width, float epsilon) => new(Vector($"{name}.weight", width), Vector($"{name}.bias", width), epsilon);

    /// <summary>Whether the checkpoint has a tensor of a name.</summary>
    public bool Contains(string name) => checkpoint.Contains(name);

    /// <summary>The prefix of the names of a model's body: checkpoints of the body alone go without it.</summary>
    /// <param name="prefix">The prefix with its point: <c>transformer.</c>.</param>
    /// <param name="name">A tensor that every such body has.</param>
    public string Prefix(string prefix, string name)
    {
        var absent = checkpoint.Contains(name) && !checkpoint.Contains(prefix + name);
        if (absent)
        {
            _adapted.Dropped = prefix;
        }

        return absent ? "" : prefix;
    }

    /// <summary>A table of which single rows are read [rows, width], as it is stored: on the CPU it stays in the mapped file.</summary>
    public torch.Tensor Table(string name, int rows, int width)
    {
        using var scope = torch.NewDisposeScope();
        var table = _adapted.MergedTable(name, Take(name, rows, width));
        return Own((options.Device.type == DeviceType.CPU ? table : table.to(options.Device)).DetachFromDisposeScope());
    }

    /// <summary>A linear layer from one or more weights <c>name.weight</c> [rows, width] (and <c>name.bias</c> [rows]), one below the other.</summary>
    public Linear Linear(int width, bool bias, params ReadOnlySpan<(string Name, int Rows)> parts)
    {
        var layers = new StoredLayer[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            layers[i] = new StoredLayer(parts[i].Name, parts[i].Rows, width);
        }

        return Make(layers, bias);
    }

    /// <summary>A linear layer whose weight is stored with inputs as rows: <c>name.weight</c> [width, outputs] and <c>name.bias</c> [outputs].</summary>
    public Linear Conv1D(int width, string name, int outputs) => Make([new StoredLayer(name, outputs, width, Transposed: true)], bias: true);

    /// <summary>
    /// A linear layer that makes queries, keys and values, stored head by head (query, key, value of head 0, then of head 1); its outputs are all queries, all
    /// keys, all values.
    /// </summary>
    public Linear HeadByHead(int width, bool bias, string name, int heads, int size)
    {
        var order = new int[3 * heads * size];
        for (var row = 0; row < order.Length; row++)
        {
            var (kind, head, within) = (row / (heads * size), row / size % heads, row % size);
            order[row] = (((head * 3) + kind) * size) + within;
        }

        return Make([new StoredLayer(name, order.Length, width, Order: order)], bias);
    }

    /// <summary>
    /// The output head [vocabulary, width], without bias: its own weight, or the embedding's where the two are tied. Beside layers in four or eight bits it
    /// stays as it is stored, as bitsandbytes
    /// leaves it.
    /// </summary>
    /// <param name="width">Width of a hidden state.</param>
    /// <param name="vocabulary">Rows.</param>
    /// <param name="name">The head.</param>
    /// <param name="tiedTo">The embedding, where tied; a weight of the head's own that a file holds beside it is then not read.</param>
    public Linear Head(int width, int vocabulary, string name, string? tiedTo)
    {
        using var scope = torch.NewDisposeScope();
        var weight = tiedTo is null
            ? Take($"{name}.weight", vocabulary, width)
            : _adapted.Replacement($"{name}.weight", vocabulary, width)
                ?? _adapted.Replacement($"{tiedTo}.weight", vocabulary, width)
                ?? Stored($"{tiedTo}.weight", vocabulary, width);
        weight = _adapted.Merged(name, weight);
        var held = options.Precision is WeightPrecision.EightBit or WeightPrecision.FourBit ? AsStored(weight) : options;
        return Own(Weights.Linear.Create([weight], null, held));
    }

    /// <summary>Makes it an error that tensors were not asked for, except those of some patterns.</summary>
    public void RefuseTheRest(params ReadOnlySpan<string> ignorable)
    {
        checkpoint.ThrowIfUnused(ignorable);
        _adapted.ThrowIfUnused();
    }

    /// <summary>Frees all that was handed out.</summary>
    public void Dispose()
    {
        _owned.ForEach(owned => owned.Dispose());
        _owned.Clear();
    }

    private T Own<T>(T made)
        where T : IDisposable
    {
        _owned.Add(made);
        return made;
    }

    private Linear Make(IReadOnlyList<StoredLayer> layers, bool bias)
    {
        using var scope = torch.NewDisposeScope();
        var made = new List<QuantisedWeight>();
        try
        {
            var parts = layers.Select(layer => Part(layer, bias, made)).ToArray();
            if (parts.Any(part => part.Bias is not null) && parts.Any(part => part.Bias is null))
            {
                parts = [.. parts.Select(part => part with { Bias = part.Bias ?? torch.zeros(part.Outputs) })];
            }

            // Multiplied as one, they would have to be held alike, and that is not what was saved.
            return parts.All(part => part.Quantised is null == parts[0].Quantised is null)
                ? Own(Weights.Linear.Create(parts, quantised && parts[0].Weight is { } plain ? AsStored(plain) : options))
                : throw QuantisedTensors.Broken(
                    layers[0].Name,
                    "it is quantised, and a layer that is multiplied together with it is not, or the other way round");
        }
        finally
        {
            made.ForEach(weight => weight.Dispose());
        }
    }

    private LinearPart Part(StoredLayer layer, bool bias, List<QuantisedWeight> made)
    {
        var (name, rows, width, transposed, order) = layer;
        var update = _adapted.Update(name, rows, width);
        var part = new LinearPart { Bias = AdapterWeights.Biased(bias ? Take($"{name}.bias", rows) : null, update), Order = order };
        var stored = QuantisedTensors.Find(checkpoint, name, rows, width);
        if (stored is null)
        {
            var weight = transposed ? Take($"{name}.weight", width, rows).t() : Take($"{name}.weight", rows, width);
            if (quantised || options.Precision is not (WeightPrecision.EightBit or WeightPrecision.FourBit))
            {
                return part with { Weight = AdapterWeights.Merged(weight, update) };
            }

            stored = options.Precision == WeightPrecision.EightBit ? EightBitWeight.Quantise(weight) : FourBitWeight.Quantise(weight);
        }
        else
        {
            Parameters += (long)rows * width;
        }

        made.Add(stored);
        return part with { Quantised = stored, Branch = AdapterWeights.Branch(stored, update) };
    }

    /// <summary>Options for a weight that keeps its type beside quantised ones.</summary>
    private LinearOptions AsStored(torch.Tensor weight) => options with
    {
        Precision = weight.dtype switch
        {
            torch.ScalarType.BFloat16 => WeightPrecision.BFloat16,
            torch.ScalarType.Float16 => WeightPrecision.Half,
            _ => WeightPrecision.Full,
        },
        Float32Products = true,
    };

    private torch.Tensor Take(string name, params ReadOnlySpan<long> shape)
    {
        var count = 1L;
        foreach (var size in shape)
        {
            count *= size;
        }

        Parameters += count;

        // Also where the adapter has another: a base model that lacks it, or has it in another shape, is not the adapter's.
        var own = Stored(name, shape);
        return _adapted.Replacement(name, shape) ?? own;
    }

    private torch.Tensor Stored(string name, params ReadOnlySpan<long> shape)
    {
        var stored = checkpoint.Take(name, shape);
        return random is null ? stored : random.Like(stored, name);
    }

    // Norms of an untrained model leave what they norm as it is.
    private torch.Tensor Untrained(string name, bool fromOne, torch.Tensor stored) =>
        random is null || name.EndsWith(".bias", StringComparison.Ordinal) ? stored : fromOne ? torch.zeros_like(stored) : torch.ones_like(stored);

    /// <summary>A layer as the checkpoint holds it.</summary>
    private sealed record StoredLayer(string Name, int Rows, int Width, bool Transposed = false, int[]? Order = null);
}
