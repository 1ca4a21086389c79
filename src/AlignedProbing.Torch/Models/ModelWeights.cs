using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Models.Kernels;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Precision;
using TorchSharp;

namespace AlignedProbing.Torch.Models;

/// <summary>What a model file takes its weights from: named tensors of a checkpoint, held as the options say. Weights belong to the model that asks for them.</summary>
internal sealed class ModelWeights(Checkpoint checkpoint, LinearOptions options, ModelKernels kernels, bool quantised = false, RandomWeights? random = null)
{
    /// <summary>What the model computes with beside its linear layers.</summary>
    public ModelKernels Kernels { get; } = kernels;

    /// <summary>Number of parameters taken so far, tied ones counted once.</summary>
    public long Parameters { get; private set; }

    /// <summary>A vector as float32 [width]: a norm's weight.</summary>
    public torch.Tensor Vector(string name, int width)
    {
        using var scope = torch.NewDisposeScope();
        var stored = Take(name, width);
        return Untrained(name, fromOne: false, stored).to(torch.ScalarType.Float32).clone().to(options.Device).DetachFromDisposeScope();
    }

    /// <summary>A norm's weight that is stored as its difference from 1, as float32 [width].</summary>
    public torch.Tensor VectorFromOne(string name, int width)
    {
        using var scope = torch.NewDisposeScope();
        var stored = Untrained(name, fromOne: true, Take(name, width)).to(torch.ScalarType.Float32).to(options.Device);
        return Ops.Add(stored, 1).DetachFromDisposeScope();
    }

    /// <summary>A layer norm that has neither weight nor bias.</summary>
    public LayerNormWeights LayerNorm(int width, float epsilon) =>
        new(torch.ones(width, device: options.Device).DetachFromDisposeScope(), torch.zeros(width, device: options.Device).DetachFromDisposeScope(), epsilon);

    /// <summary>A layer norm, <c>name.weight</c> and <c>name.bias</c> [width].</summary>
    public LayerNormWeights LayerNorm(string name, int width, float epsilon) => new(Vector($"{name}.weight", width), Vector($"{name}.bias", width), epsilon);

    /// <summary>Whether the checkpoint has a tensor of a name.</summary>
    public bool Contains(string name) => checkpoint.Contains(name);

    /// <summary>The prefix of the names of a model's body: checkpoints of the body alone go without it.</summary>
    /// <param name="prefix">The prefix with its point: <c>transformer.</c>.</param>
    /// <param name="name">A tensor that every such body has.</param>
    public string Prefix(string prefix, string name) => checkpoint.Contains(name) && !checkpoint.Contains(prefix + name) ? "" : prefix;

    /// <summary>A table of which single rows are read [rows, width], as it is stored: on the CPU it stays in the mapped file.</summary>
    public torch.Tensor Table(string name, int rows, int width)
    {
        using var scope = torch.NewDisposeScope();
        var table = Take(name, rows, width);
        return (options.Device.type == DeviceType.CPU ? table : table.to(options.Device)).DetachFromDisposeScope();
    }

    /// <summary>A linear layer from one or more weights <c>name.weight</c> [rows, width] (and <c>name.bias</c> [rows]), one below the other.</summary>
    public Linear Linear(int width, bool bias, params ReadOnlySpan<(string Name, int Rows)> parts)
    {
        using var scope = torch.NewDisposeScope();
        var (weights, inFewBits, biases) = (new List<torch.Tensor>(), new List<QuantisedWeight>(), new List<torch.Tensor>());
        try
        {
            foreach (var (name, rows) in parts)
            {
                if (QuantisedTensors.Find(checkpoint, name, rows, width) is { } stored)
                {
                    inFewBits.Add(stored);
                    Parameters += (long)rows * width;
                }
                else
                {
                    weights.Add(Take($"{name}.weight", rows, width));
                }

                if (bias)
                {
                    biases.Add(Take($"{name}.bias", rows));
                }
            }

            if (inFewBits.Count == 0)
            {
                // What a quantised checkpoint holds as plain numbers was left so on purpose.
                return Precision.Linear.Create(weights, bias ? biases : null, quantised ? AsStored(weights[0]) : options);
            }

            // A layer left as it was beside quantised ones is quantised with them where they are multiplied as one: that is not what was saved.
            return weights.Count == 0
                ? Precision.Linear.FromQuantised(inFewBits, bias ? biases : null, options)
                : throw QuantisedTensors.Broken(parts[0].Name, "it is quantised, and a layer that is multiplied together with it is not");
        }
        finally
        {
            inFewBits.ForEach(weight => weight.Dispose());
        }
    }

    /// <summary>A linear layer whose weight is stored with inputs as rows: <c>name.weight</c> [width, outputs] and <c>name.bias</c> [outputs].</summary>
    public Linear Conv1D(int width, string name, int outputs)
    {
        using var scope = torch.NewDisposeScope();
        return Precision.Linear.Create([Take($"{name}.weight", width, outputs).t()], [Take($"{name}.bias", outputs)], options);
    }

    /// <summary>
    /// A linear layer that makes queries, keys and values, stored head by head (query, key, value of head 0, then of head 1); its outputs are all queries, all keys, all values.
    /// </summary>
    public Linear HeadByHead(int width, bool bias, string name, int heads, int size)
    {
        using var scope = torch.NewDisposeScope();
        var rows = heads * 3 * size;
        return Precision.Linear.Create([Sorted(Take($"{name}.weight", rows, width))], bias ? [Sorted(Take($"{name}.bias", rows))] : null, options);

        torch.Tensor Sorted(torch.Tensor stored) => stored.unflatten(0, heads, 3, size).transpose(0, 1).flatten(0, 2);
    }

    /// <summary>
    /// The output head [vocabulary, width], without bias: its own weight, or the embedding's where the two are tied. Beside layers in four or eight bits it stays as it is stored, as bitsandbytes
    /// leaves it.
    /// </summary>
    /// <param name="width">Width of a hidden state.</param>
    /// <param name="vocabulary">Rows.</param>
    /// <param name="name">The head.</param>
    /// <param name="tiedTo">The embedding, where tied; a weight of the head's own that a file holds beside it is then not read.</param>
    public Linear Head(int width, int vocabulary, string name, string? tiedTo)
    {
        using var scope = torch.NewDisposeScope();
        var weight = tiedTo is null ? Take($"{name}.weight", vocabulary, width) : Stored($"{tiedTo}.weight", vocabulary, width);
        var held = options.Precision is WeightPrecision.EightBit or WeightPrecision.FourBit ? AsStored(weight) : options;
        return Precision.Linear.Create([weight], null, held);
    }

    /// <summary>Makes it an error that tensors were not asked for, except those of some patterns.</summary>
    public void RefuseTheRest(params ReadOnlySpan<string> ignorable) => checkpoint.ThrowIfUnused(ignorable);

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
        return Stored(name, shape);
    }

    private torch.Tensor Stored(string name, params ReadOnlySpan<long> shape)
    {
        var stored = checkpoint.Take(name, shape);
        return random is null ? stored : random.Like(stored, name);
    }

    // Norms of an untrained model leave what they norm as it is.
    private torch.Tensor Untrained(string name, bool fromOne, torch.Tensor stored) =>
        random is null || name.EndsWith(".bias", StringComparison.Ordinal) ? stored : fromOne ? torch.zeros_like(stored) : torch.ones_like(stored);
}
