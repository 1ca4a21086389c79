using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights.Bitsandbytes;
using AlignedProbing.Torch.Weights.Panels;
using TorchSharp;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights;

/// <summary>
/// A linear layer, y = x W^T + b, that decides for itself how to hold W. Several layers with the same input (query, key and value; gate and up) can be stacked
/// into one.
/// </summary>
public sealed class Linear : IDisposable
{
    private readonly ILinearKernel _kernel;

    private Linear(ILinearKernel kernel, int inputs, int outputs)
    {
        _kernel = kernel;
        Inputs = inputs;
        Outputs = outputs;
    }

    /// <summary>Width of a row given.</summary>
    public int Inputs { get; }

    /// <summary>Width of a row returned: the sum of the stacked layers' outputs.</summary>
    public int Outputs { get; }

    /// <summary>How the weight is held, for reports: <c>float32, packed</c>.</summary>
    public string Kernel => _kernel.Name;

    /// <summary>
    /// Makes a layer from one or more weights. They are only read, and may be freed afterwards: the layer holds a copy of its own, the only one there is once
    /// they are gone.
    /// </summary>
    /// <param name="weights">Each [outputs, inputs], any floating-point type, stacked by rows in this order.</param>
    /// <param name="biases">Each [outputs], as many as weights; or null for none.</param>
    /// <param name="options">Precision and device.</param>
    /// <exception cref="ArgumentException">The shapes do not fit each other.</exception>
    public static Linear Create(IReadOnlyList<Tensor> weights, IReadOnlyList<Tensor>? biases, LinearOptions options)
    {
        ArgumentNullException.ThrowIfNull(weights);
        CheckShapes(weights, biases);
        return Create([.. weights.Select((weight, i) => new LinearPart { Weight = weight, Bias = biases?[i] })], options);
    }

    /// <summary>Makes a layer from one or more weights, also quantised ones, stacked by rows in this order.</summary>
    /// <param name="parts">With the same inputs; each with a bias or none; none quantised or all of one kind; branches beside quantised weights only.</param>
    /// <param name="options">Device, and precision of weights that are not quantised already.</param>
    /// <exception cref="ArgumentException">They do not fit each other.</exception>
    public static Linear Create(IReadOnlyList<LinearPart> parts, LinearOptions options)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentNullException.ThrowIfNull(options);
        TorchRuntime.EnsureLoaded();
        if (
            parts.Count == 0
            || parts.Any(part =>
                part.Inputs != parts[0].Inputs || (part.Bias is null) != (parts[0].Bias is null) || (part.Bias is not null && part.Bias.size(0) != part.Outputs)
            ))
        {
            throw new ArgumentException("Stacked weights have the same inputs, and each has a bias [outputs] or none has.", nameof(parts));
        }

        using var scope = NewDisposeScope();
        var fewBits = parts[0].Quantised is not null || options.Precision is WeightPrecision.EightBit or WeightPrecision.FourBit;
        return new Linear(fewBits ? QuantisedKernel(parts, options) : DenseKernel(parts, options), parts[0].Inputs, parts.Sum(part => part.Outputs));
    }

    /// <summary>
    /// Multiplies rows. On CPUs with packed weights, each row's result is the same to the bit whatever the other rows and the number of threads.
    /// </summary>
    /// <param name="rows">[rows, inputs], float32, on the layer's device.</param>
    /// <returns>[rows, outputs], float32, contiguous, owned by the caller's scope.</returns>
    /// <exception cref="ArgumentException">The rows have another width.</exception>
    public Tensor Forward(Tensor rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return rows.dim() == 2 && rows.size(1) == Inputs && (rows.dtype == ScalarType.Float32 || (IsNarrow && rows.dtype == ScalarType.BFloat16))
            ? _kernel.Forward(rows)
            : throw new ArgumentException(
                $"The layer takes float32 [rows, {Inputs}] and was given {rows.dtype} [{string.Join(", ", rows.shape)}].",
                nameof(rows));
    }

    /// <summary>Whether products are made in bfloat16 in CPU memory, so that rows may be given and taken in bfloat16 for the same results.</summary>
    internal bool IsNarrow => _kernel is PackedKernel { IsNarrow: true };

    /// <inheritdoc/>
    public void Dispose() => _kernel.Dispose();

    /// <summary>What <see cref="Forward"/> gives before it is widened; only where <see cref="IsNarrow"/>.</summary>
    /// <param name="rows">[rows, inputs], float32 or bfloat16.</param>
    /// <returns>[rows, outputs], bfloat16.</returns>
    internal Tensor ForwardNarrow(Tensor rows) => ((PackedKernel)_kernel).ForwardNarrow(rows);

    private static ILinearKernel QuantisedKernel(IReadOnlyList<LinearPart> parts, LinearOptions options)
    {
        var made = new List<QuantisedWeight>();
        try
        {
            var weights = parts.Select(part => (Weight: part.Quantised ?? Quantise(part.Weight!), part.Order)).ToArray();
            var bias = Biases(parts) is { } biases ? Stack(biases, options, ScalarType.Float32) : null;
            var branched = parts.Any(part => part.Branch is not null);
            var own = branched ? null : bias;
            ILinearKernel kernel = options.Device.type == DeviceType.CPU && options.Packed
                ? new PanelKernel([.. weights.Select(weight => weight.Weight.ToPanels(weight.Order))], own is null ? null : Floats(own))
                : new DequantisingKernel(weights, own?.DetachFromDisposeScope(), options.Device);
            return branched ? new BranchKernel(kernel, Branches(parts, options), bias?.DetachFromDisposeScope()) : kernel;
        }
        finally
        {
            made.ForEach(weight => weight.Dispose());
        }

        QuantisedWeight Quantise(Tensor weight)
        {
            made.Add(options.Precision == WeightPrecision.EightBit ? EightBitWeight.Quantise(weight) : FourBitWeight.Quantise(weight));
            return made[^1];
        }
    }

    private static IEnumerable<(int First, int Outputs, ILinearKernel Down, ILinearKernel Up, Tensor? Gain)> Branches(
        IReadOnlyList<LinearPart> parts,
        LinearOptions options)
    {
        var first = 0;
        var full = options with { Precision = WeightPrecision.Full };
        foreach (var part in parts)
        {
            if (part.Branch is { } branch)
            {
                var gain = branch.Gain is null ? null : part.Sorted(branch.Gain).to(ScalarType.Float32).to(options.Device, copy: true).DetachFromDisposeScope();
                yield return (
                    first,
                    part.Outputs,
                    DenseKernel([new LinearPart { Weight = branch.Down }], full),
                    DenseKernel([new LinearPart { Weight = part.Sorted(branch.Up) }], full),
                    gain);
            }

            first += part.Outputs;
        }
    }

    private static ILinearKernel DenseKernel(IReadOnlyList<LinearPart> parts, LinearOptions options)
    {
        if (parts.Any(part => part.Weight is null || part.Branch is not null))
        {
            throw new ArgumentException("Weights are quantised all or none, and only quantised ones have branches.", nameof(parts));
        }

        var weights = parts.Select(part => part.Sorted(part.Weight!)).ToArray();
        var biases = Biases(parts);
        var onProcessor = options.Device.type == DeviceType.CPU;
        var narrow = options.Precision switch
        {
            WeightPrecision.BFloat16 => ScalarType.BFloat16,
            WeightPrecision.Half => ScalarType.Float16,
            _ => ScalarType.Float32,
        };
        var products = !onProcessor || (narrow == ScalarType.BFloat16 && Processor.HasFastBFloat16 && !options.Float32Products) ? narrow : ScalarType.Float32;
        if (onProcessor && options.Packed && narrow != products)
        {
            return new PanelKernel(
                [.. weights.Select(weight => new SixteenBitPanels(weight.to(narrow).contiguous()))],
                biases is null ? null : Floats(Stack(biases, options, ScalarType.Float32)));
        }

        var stacked = Stack(weights, options, products);
        var bias = biases is null ? null : Stack(biases, options, products);
        // libtorch's own float32 products, plain and packed, depend on the number of rows on some processors (docs/reference/numerics.md).
        if (onProcessor && options.Packed && products == ScalarType.Float32)
        {
            return new PanelKernel([new SinglePanels(stacked)], bias is null ? null : Floats(bias));
        }

        return onProcessor && options.Packed && PackedKernel.Available
            ? new PackedKernel(stacked, bias)
            : new PlainKernel(stacked.DetachFromDisposeScope(), bias?.DetachFromDisposeScope());
    }

    private static Tensor[]? Biases(IReadOnlyList<LinearPart> parts) => parts[0].Bias is null ? null : [.. parts.Select(part => part.Sorted(part.Bias!))];

    private static float[] Floats(Tensor bias) => TensorMemory.Span<float>(bias).ToArray();

    /// <summary>The parts below one another in a new tensor of the type held, each rounded to the precision asked for on the way.</summary>
    private static Tensor Stack(Tensor[] parts, LinearOptions options, ScalarType held)
    {
        var rounded = options.Precision switch
        {
            WeightPrecision.BFloat16 => ScalarType.BFloat16,
            WeightPrecision.Half => ScalarType.Float16,
            _ => held,
        };
        long[] shape = [parts.Sum(part => part.size(0)), .. parts[0].shape[1..]];
        var stacked = empty(shape, held, options.Device);
        var row = 0L;
        foreach (var part in parts)
        {
            using var narrow = part.dtype == rounded ? null : part.to(rounded);
            using var place = stacked.narrow(0, row, part.size(0));
            place.copy_(narrow ?? part);
            row += part.size(0);
        }

        return stacked;
    }

    private static void CheckShapes(IReadOnlyList<Tensor> weights, IReadOnlyList<Tensor>? biases)
    {
        if (weights.Count == 0 || weights.Any(weight => weight.dim() != 2 || weight.size(1) != weights[0].size(1)))
        {
            throw new ArgumentException("Stacked weights are [outputs, inputs] with the same inputs.", nameof(weights));
        }

        if (biases is not null && (biases.Count != weights.Count || biases.Where((bias, i) => bias.dim() != 1 || bias.size(0) != weights[i].size(0)).Any()))
        {
            throw new ArgumentException("Each weight [outputs, inputs] has a bias [outputs], or none has.", nameof(biases));
        }
    }
}
