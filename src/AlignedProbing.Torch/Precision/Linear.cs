using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Precision.Panels;
using TorchSharp;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Precision;

/// <summary>
/// A linear layer, y = x W^T + b, that decides for itself how to hold W. Several layers with the same input (query, key and value; gate and up) can be stacked into one.
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
    /// Makes a layer from one or more weights. They are only read, and may be freed afterwards: the layer holds a copy of its own, the only one there is once they are gone.
    /// </summary>
    /// <param name="weights">Each [outputs, inputs], any floating-point type, stacked by rows in this order.</param>
    /// <param name="biases">Each [outputs], as many as weights; or null for none.</param>
    /// <param name="options">Precision and device.</param>
    /// <exception cref="ArgumentException">The shapes do not fit each other.</exception>
    public static Linear Create(IReadOnlyList<Tensor> weights, IReadOnlyList<Tensor>? biases, LinearOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        TorchRuntime.EnsureLoaded();
        CheckShapes(weights, biases);
        using var scope = NewDisposeScope();
        return new Linear(MakeKernel(weights, biases, options), (int)weights[0].size(1), (int)weights.Sum(part => part.size(0)));
    }

    /// <summary>Makes a layer from one or more weights that are quantised already. They are only read, and may be freed afterwards.</summary>
    /// <param name="weights">All of one kind, with the same number of columns, stacked by rows in this order.</param>
    /// <param name="biases">Each [outputs], as many as weights; or null for none.</param>
    /// <param name="options">Device; the precision is that of the weights.</param>
    /// <exception cref="ArgumentException">The shapes do not fit each other.</exception>
    public static Linear FromQuantised(IReadOnlyList<QuantisedWeight> weights, IReadOnlyList<Tensor>? biases, LinearOptions options)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(options);
        TorchRuntime.EnsureLoaded();
        if (weights.Count == 0 || weights.Any(weight => weight.Columns != weights[0].Columns) || (biases is not null && !biases.Select(bias => bias.size(0)).SequenceEqual(weights.Select(weight => (long)weight.Rows))))
        {
            throw new ArgumentException("Stacked weights have the same inputs, and each has a bias [outputs] or none has.", nameof(weights));
        }

        using var scope = NewDisposeScope();
        return new Linear(MakeKernel(weights, biases is null ? null : Stack(biases, options, ScalarType.Float32), options), weights[0].Columns, weights.Sum(weight => weight.Rows));
    }

    /// <summary>Multiplies rows. On CPUs with packed weights, each row's result is the same to the bit whatever the other rows and the number of threads.</summary>
    /// <param name="rows">[rows, inputs], float32, on the layer's device.</param>
    /// <returns>[rows, outputs], float32, contiguous, owned by the caller's scope.</returns>
    /// <exception cref="ArgumentException">The rows have another width.</exception>
    public Tensor Forward(Tensor rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return rows.dim() == 2 && rows.size(1) == Inputs && rows.dtype == ScalarType.Float32
            ? _kernel.Forward(rows)
            : throw new ArgumentException($"The layer takes float32 [rows, {Inputs}] and was given {rows.dtype} [{string.Join(", ", rows.shape)}].", nameof(rows));
    }

    /// <inheritdoc/>
    public void Dispose() => _kernel.Dispose();

    private static ILinearKernel MakeKernel(IReadOnlyList<Tensor> weights, IReadOnlyList<Tensor>? biases, LinearOptions options)
    {
        var onProcessor = options.Device.type == DeviceType.CPU;
        if (options.Precision is WeightPrecision.EightBit or WeightPrecision.FourBit)
        {
            var quantised = new List<QuantisedWeight>();
            try
            {
                foreach (var weight in weights)
                {
                    quantised.Add(options.Precision == WeightPrecision.EightBit ? EightBitWeight.Quantise(weight) : FourBitWeight.Quantise(weight));
                }

                return MakeKernel(quantised, biases is null ? null : Stack(biases, options, ScalarType.Float32), options);
            }
            finally
            {
                quantised.ForEach(weight => weight.Dispose());
            }
        }

        var narrow = options.Precision switch { WeightPrecision.BFloat16 => ScalarType.BFloat16, WeightPrecision.Half => ScalarType.Float16, _ => ScalarType.Float32 };
        var products = !onProcessor || (narrow == ScalarType.BFloat16 && Processor.HasFastBFloat16 && !options.Float32Products) ? narrow : ScalarType.Float32;
        if (onProcessor && options.Packed && narrow != products)
        {
            return new PanelKernel([.. weights.Select(weight => new SixteenBitPanels(weight.to(narrow).contiguous()))], biases is null ? null : Floats(Stack(biases, options, ScalarType.Float32)));
        }

        var stacked = Stack(weights, options, products);
        var bias = biases is null ? null : Stack(biases, options, products);
        if (onProcessor && options.Packed && PackedKernel.Available && products == ScalarType.Float32 && PanelKernel.Suits(stacked.size(1)))
        {
            return new PanelKernel([new SinglePanels(stacked)], bias is null ? null : Floats(bias));
        }

        return onProcessor && options.Packed && PackedKernel.Available
            ? new PackedKernel(stacked, bias)
            : new PlainKernel(stacked.DetachFromDisposeScope(), bias?.DetachFromDisposeScope());
    }

    private static ILinearKernel MakeKernel(IReadOnlyList<QuantisedWeight> weights, Tensor? bias, LinearOptions options) =>
        options.Device.type == DeviceType.CPU && options.Packed
            ? new PanelKernel([.. weights.Select(weight => weight.ToPanels())], bias is null ? null : Floats(bias))
            : new DequantisingKernel(weights, bias?.DetachFromDisposeScope(), options.Device);

    private static float[] Floats(Tensor bias) => TensorMemory.Span<float>(bias).ToArray();

    /// <summary>The parts below one another in a new tensor of the type held, each rounded to the precision asked for on the way.</summary>
    private static Tensor Stack(IReadOnlyList<Tensor> parts, LinearOptions options, ScalarType held)
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
