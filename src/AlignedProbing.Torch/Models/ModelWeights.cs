using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Checkpoints.Adapters;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights;
using AlignedProbing.Torch.Weights.Bitsandbytes;
using TorchSharp;

namespace AlignedProbing.Torch.Models;

/// <summary>
/// What a model file takes its weights from: named tensors of a checkpoint, held as the options say. It owns what it hands out and frees it with the model.
/// </summary>
internal sealed class ModelWeights(
    Checkpoint checkpoint,
    LinearOptions options,
    ModelKernels kernels,
    IWeightFormat? format = null,
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
    public LayerNormWeights LayerNorm(int width, float epsilon) => new(Ones(width), Zeros(width), epsilon);

    /// <summary>A layer norm, <c>name.weight</c> and <c>name.bias</c> [width].</summary>
    public LayerNormWeights LayerNorm(string name, int width, float epsilon) => new(Vector($"{name}.weight", width), Vector($"{name}.bias", width), epsilon);

    /// <summary>A layer norm without bias, <c>name.weight</c> [width].</summary>
    public LayerNormWeights LayerNormWithoutBias(string name, int width, float epsilon) => new(Vector($"{name}.weight", width), Zeros(width), epsilon);

    /// <summary>A layer norm whose weight is stored as its difference from 1, <c>name.weight</c> and <c>name.bias</c> [width].</summary>
    public LayerNormWeights LayerNormFromOne(string name, int width, float epsilon) =>
        new(VectorFromOne($"{name}.weight", width), Vector($"{name}.bias", width), epsilon);

    /// <summary>A layer norm of each head's own, without bias: weights of some tensors [size] one after the other.</summary>
    public LayerNormWeights LayerNormOfHeads(IEnumerable<string> names, int size, float epsilon)
    {
        using var scope = torch.NewDisposeScope();
        var all = torch.cat([.. names.Select(name => Vector(name, size))], 0);
        return new(Own(all.DetachFromDisposeScope()), Zeros((int)all.size(0)), epsilon);
    }

    /// <summary>A layer norm of each head's own, without bias, of one tensor [heads, size].</summary>
    public LayerNormWeights LayerNormOfHeads(string name, int heads, int size, float epsilon) => new(Flat(name, heads, size), Zeros(heads * size), epsilon);

    /// <summary>A linear layer without bias whose outputs come in another order than they are stored in.</summary>
    /// <param name="width">Inputs.</param>
    /// <param name="name">The layer.</param>
    /// <param name="order">Stored row of each output; all rows.</param>
    public Linear Ordered(int width, string name, IEnumerable<int> order)
    {
        int[] rows = [.. order];
        return Make([new StoredLayer(name, rows.Length, width, Order: rows)], bias: false);
    }

    /// <summary>A tensor of any shape as float32 [elements].</summary>
    public torch.Tensor Flat(string name, params ReadOnlySpan<long> shape)
    {
        using var scope = torch.NewDisposeScope();
        return Own(Take(name, shape).to(torch.ScalarType.Float32).clone().flatten().to(options.Device).DetachFromDisposeScope());
    }

    /// <summary>The numbers of a tensor of any shape, in CPU memory.</summary>
    public float[] Numbers(string name, params ReadOnlySpan<long> shape)
    {
        using var scope = torch.NewDisposeScope();
        return TensorMemory.Span<float>(Take(name, shape).to(torch.ScalarType.Float32).contiguous()).ToArray();
    }

    /// <summary>Numbers as float32 [numbers] where the weights are.</summary>
    public torch.Tensor Constant(float[] numbers) => Own(torch.tensor(numbers, device: options.Device).DetachFromDisposeScope());

    /// <summary>Numbers as float32 [rows, numbers / rows] where the weights are.</summary>
    public torch.Tensor Constant(float[] numbers, int rows) =>
        Own(torch.tensor(numbers, [rows, numbers.Length / rows], device: options.Device).DetachFromDisposeScope());

    /// <summary>A linear layer of numbers [rows, numbers / rows].</summary>
    public Linear Of(float[] numbers, int rows)
    {
        using var scope = torch.NewDisposeScope();
        var weight = torch.tensor(numbers, [rows, numbers.Length / rows]);
        return Own(Weights.Linear.Create([weight], null, AsStored(weight)));
    }

    /// <summary>Ones [width], float32: the weight of a norm that has none.</summary>
    public torch.Tensor Ones(int width) => Own(torch.ones(width, device: options.Device).DetachFromDisposeScope());

    /// <summary>
    /// The layers of all experts of a mixture, stored as one tensor. As they are no linear layers to bitsandbytes, they stay as they are stored beside layers
    /// in four or eight bits.
    /// </summary>
    /// <param name="name">The tensor [experts, outputs, inputs], or [experts, inputs, outputs] where <paramref name="transposed"/>.</param>
    /// <param name="experts">Number of experts.</param>
    /// <param name="inputs">Inputs of each.</param>
    /// <param name="outputs">Outputs of each.</param>
    /// <param name="transposed">Whether inputs are rows.</param>
    /// <param name="bias">The tensor of biases [experts, outputs]; null: none.</param>
    /// <param name="order">Order of the outputs; null: as they are stored.</param>
    public Linear[] Experts(string name, int experts, int inputs, int outputs, bool transposed, string? bias = null, int[]? order = null)
    {
        using var scope = torch.NewDisposeScope();
        var biases = bias is null ? null : Take(bias, experts, outputs);
        var (layers, all) = (new Linear[experts], (torch.Tensor?)null);
        var asStored = options.Precision is WeightPrecision.EightBit or WeightPrecision.FourBit;
        for (var expert = 0; expert < experts; expert++)
        {
            using var stored = format?.FindExpert(checkpoint, name, expert, experts, outputs, inputs);
            var part = new LinearPart { Quantised = stored, Bias = biases?.select(0, expert), Order = order };
            if (stored is null)
            {
                all ??= transposed ? Take(name, experts, inputs, outputs) : Take(name, experts, outputs, inputs);
                part = part with { Weight = transposed ? all.select(0, expert).t() : all.select(0, expert) };
            }

            Parameters += stored is null ? 0 : (long)inputs * outputs;
            layers[expert] = Own(Weights.Linear.Create([part], asStored && all is not null ? AsStored(all) : options));
        }

        return layers;
    }

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
        var table = _adapted.MergedTable(name, Unpacked(name, rows, width) ?? Take(name, rows, width));
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
    /// A linear layer that makes queries, keys and values, stored group by group (the queries that share a key, that key, its value); its outputs are all
    /// queries, all keys, all values.
    /// </summary>
    public Linear GroupByGroup(int width, bool bias, string name, HeadLayout heads)
    {
        var (group, size) = (heads.Queries / heads.KeyValues, heads.Size);
        var order = new List<int>();
        for (var query = 0; query < heads.Queries; query++)
        {
            AddHead(query / group, query % group);
        }

        for (var key = 0; key < heads.KeyValues; key++)
        {
            AddHead(key, group);
        }

        for (var value = 0; value < heads.KeyValues; value++)
        {
            AddHead(value, group + 1);
        }

        return Make([new StoredLayer(name, order.Count, width, Order: [.. order])], bias);

        void AddHead(int of, int within) => order.AddRange(Enumerable.Range(((of * (group + 2)) + within) * size, size));
    }

    /// <summary>
    /// The output head [vocabulary, width], where <paramref name="bias"/> is null without bias: its own weight, or the embedding's where the two are tied.
    /// Beside layers in four or eight bits it stays as it is stored, as bitsandbytes leaves it.
    /// </summary>
    /// <param name="width">Width of a hidden state.</param>
    /// <param name="vocabulary">Rows.</param>
    /// <param name="name">The head.</param>
    /// <param name="tiedTo">The embedding, where tied; a weight of the head's own that a file holds beside it is then not read.</param>
    /// <param name="bias">Its bias [vocabulary]; null: it has none.</param>
    public Linear Head(int width, int vocabulary, string name, string? tiedTo, string? bias = null)
    {
        using var scope = torch.NewDisposeScope();
        if (QuantisedHead(tiedTo ?? name, vocabulary, width) is { } head)
        {
            using var owned = head;
            Parameters += tiedTo is null ? (long)vocabulary * width : 0;
            var update = _adapted.Update(name, vocabulary, width);
            var added = bias is null ? null : Take(bias, vocabulary);
            return Own(Weights.Linear.Create([new LinearPart { Quantised = head, Bias = added, Branch = AdapterWeights.Branch(head, update) }], options));
        }

        var weight = tiedTo is null
            ? Take($"{name}.weight", vocabulary, width)
            : _adapted.Replacement($"{name}.weight", vocabulary, width)
                ?? _adapted.Replacement($"{tiedTo}.weight", vocabulary, width)
                ?? Stored($"{tiedTo}.weight", vocabulary, width);
        weight = _adapted.Merged(name, weight);
        var held = format is not null || options.Precision is WeightPrecision.EightBit or WeightPrecision.FourBit ? AsStored(weight) : options;
        return Own(Weights.Linear.Create([weight], bias is null ? null : [Take(bias, vocabulary)], held));
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

    private torch.Tensor Zeros(int width) => Own(torch.zeros(width, device: options.Device).DetachFromDisposeScope());

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
                ? Own(Weights.Linear.Create(parts, format is not null && parts[0].Weight is { } plain ? AsStored(plain) : options))
                : throw StoredParts.Broken(
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
        var stored = format?.Find(checkpoint, name, rows, width);

        // Quantising programs write a bias also where the architecture has none; they add it.
        var biased = bias || (stored is not null && checkpoint.Contains($"{name}.bias"));
        var part = new LinearPart { Bias = AdapterWeights.Biased(biased ? Take($"{name}.bias", rows) : null, update), Order = order };
        if (stored is null)
        {
            var weight = transposed ? Take($"{name}.weight", width, rows).t() : Take($"{name}.weight", rows, width);
            if (format is not null || options.Precision is not (WeightPrecision.EightBit or WeightPrecision.FourBit))
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

    /// <summary>The head's weight in few bits; null where it is plain numbers, or an adapter has another.</summary>
    private QuantisedWeight? QuantisedHead(string name, int vocabulary, int width) =>
        format is null || _adapted.Replacement($"{name}.weight", vocabulary, width) is not null ? null : format.Find(checkpoint, name, vocabulary, width);

    /// <summary>A table that is stored in few bits, as float32; null where it is plain numbers.</summary>
    private torch.Tensor? Unpacked(string name, int rows, int width)
    {
        if (checkpoint.Find(name) is not { Type: null } || format?.Find(checkpoint, name[..^".weight".Length], rows, width) is not { } stored)
        {
            return null;
        }

        using (stored)
        {
            Parameters += (long)rows * width;
            return stored.Dequantise();
        }
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
