using System.IO.Enumeration;
using System.Numerics;
using System.Text.Json;
using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Weights.Bitsandbytes;

/// <summary>
/// Weights that a checkpoint holds quantised, as transformers saves models loaded with bitsandbytes: four bits as <c>weight</c>, <c>weight.absmax</c>,
/// <c>weight.quant_map</c>, <c>weight.nested_*</c> and <c>weight.quant_state.*</c>; eight bits as <c>weight</c> and <c>SCB</c>.
/// </summary>
internal sealed class BitsandbytesFormat(WeightPrecision precision) : IWeightFormat
{
    private const int LargestBlock = 1 << 16;

    private static readonly string[] Kinds = ["nf4", "fp4"];

    private static readonly string[] Beside =
    [
        "*.absmax",
        "*.quant_map",
        "*.nested_absmax",
        "*.nested_quant_map",
        "*.quant_state.*",
        "*.SCB",
        "*.weight_format",
    ];

    /// <inheritdoc/>
    public string Name => precision == WeightPrecision.FourBit ? "bitsandbytes nf4" : "bitsandbytes int8";

    /// <inheritdoc/>
    public WeightPrecision? Precision => precision;

    /// <inheritdoc/>
    public long Parameters(Checkpoint checkpoint, StoredTensor tensor) =>
        Beside.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, tensor.Name, ignoreCase: false)) ? 0
        : StoredParts.Elements(tensor) * (checkpoint.Contains($"{tensor.Name}.absmax") ? 2 : 1);

    /// <inheritdoc/>
    public QuantisedWeight? Find(Checkpoint checkpoint, string name, int rows, int columns)
    {
        using var scope = torch.NewDisposeScope();
        if (checkpoint.Contains($"{name}.SCB"))
        {
            if (checkpoint.Find($"{name}.weight_format") is { } format)
            {
                using var number = checkpoint.Take(format.Name, [.. format.Shape]);
                if (number.NumberOfElements != 1 || number.to(torch.ScalarType.Int64).item<long>() != 0)
                {
                    throw Broken(name, "its int8 numbers are in an order made for a GPU (weight_format is not 0, 'row')");
                }
            }

            return new EightBitWeight(
                checkpoint.Take($"{name}.weight", rows, columns),
                checkpoint.Take($"{name}.SCB", rows).to(torch.ScalarType.Float32).contiguous());
        }

        return checkpoint.Contains($"{name}.weight.absmax") ? FourBits(checkpoint, name, rows, columns) : null;
    }

    private static FourBitWeight FourBits(Checkpoint checkpoint, string name, int rows, int columns)
    {
        var state = ReadState(checkpoint, name);
        if (state.Rows != rows || state.Columns != columns)
        {
            throw Broken(name, $"its quant_state says [{state.Rows}, {state.Columns}], and config.json makes it [{rows}, {columns}]");
        }

        var count = (long)rows * columns;
        var blocks = (count + state.Block - 1) / state.Block;
        var codes = Take(checkpoint, $"{name}.weight", (count + 1) / 2, torch.ScalarType.Byte);
        var map = Floats(checkpoint, $"{name}.weight.quant_map", 16);
        if (checkpoint.Find($"{name}.weight.nested_absmax") is null)
        {
            return new FourBitWeight(rows, columns, codes, Take(checkpoint, $"{name}.weight.absmax", blocks, torch.ScalarType.Float32))
            {
                Block = state.Block,
                Map = map,
            };
        }

        var groups = (blocks + state.NestedBlock - 1) / state.NestedBlock;
        return new FourBitWeight(rows, columns, codes, Take(checkpoint, $"{name}.weight.absmax", blocks, torch.ScalarType.Byte))
        {
            Block = state.Block,
            Map = map,
            NestedMap = Floats(checkpoint, $"{name}.weight.nested_quant_map", 256),
            NestedLargest = Floats(checkpoint, $"{name}.weight.nested_absmax", groups),
            NestedBlock = state.NestedBlock,
            NestedOffset = state.NestedOffset,
        };
    }

    private static State ReadState(Checkpoint checkpoint, string name)
    {
        var prefix = $"{name}.weight.quant_state.bitsandbytes__";
        var key = Kinds.Select(kind => prefix + kind).FirstOrDefault(checkpoint.Contains)
            ?? throw Broken(name, "there is no quant_state of nf4 or fp4 beside it");
        var length = checkpoint.Find(key)!.Shape is [> 0 and < 65536 and var bytes] ? bytes : throw Broken(name, "its quant_state is not a short text");
        using var tensor = Take(checkpoint, key, length, torch.ScalarType.Byte);
        try
        {
            using var document = ForeignJson.Parse(TensorMemory.Span<byte>(tensor).ToArray(), new JsonDocumentOptions { MaxDepth = 8 });
            var root = document.RootElement;
            var shape = root.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()).ToArray();
            var nested = root.TryGetProperty("nested_blocksize", out var size) ? size.GetInt32() : FourBitWeight.DefaultNestedBlock;
            var state = new State(
                shape[0],
                shape[1],
                root.GetProperty("blocksize").GetInt32(),
                nested,
                root.TryGetProperty("nested_offset", out var offset) ? offset.GetSingle() : 0);
            return shape.Length == 2 && Fits(state.Block, FourBitWeight.DefaultBlock) && Fits(state.NestedBlock, 1) && float.IsFinite(state.NestedOffset)
                ? state
                : throw Broken(name, $"its quant_state has blocks of {state.Block} and {state.NestedBlock}, or a shape that is not [rows, columns]");
        }
        catch (Exception error)
            when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or IndexOutOfRangeException)
        {
            throw Broken(name, $"its quant_state cannot be read ({error.Message.TrimEnd('.')})", error);
        }

        static bool Fits(int block, int least) => block >= least && block <= LargestBlock && BitOperations.IsPow2(block);
    }

    /// <summary>A tensor of so many elements, in whatever shape it is stored, as [count].</summary>
    private static torch.Tensor Take(Checkpoint checkpoint, string key, long count, torch.ScalarType type)
    {
        var stored = checkpoint.Find(key);
        return stored is not null && stored.Type == type && stored.Shape.Aggregate((Int128)1, (product, size) => product * size) == count
            ? checkpoint.Take(key, [.. stored.Shape]).flatten()
            : throw Broken(
                key,
                stored is null
                    ? "there is no such tensor"
                    : $"it is {stored.TypeName} [{string.Join(", ", stored.Shape)}], and {count} elements of {type} are expected");
    }

    private static float[] Floats(Checkpoint checkpoint, string key, long count)
    {
        using var tensor = Take(checkpoint, key, count, torch.ScalarType.Float32);
        return TensorMemory.Span<float>(tensor).ToArray();
    }

    private static InputException Broken(string name, string found, Exception? inner = null) => new(
        "quantised-checkpoint",
        $"reading the quantised weight '{name}'",
        found,
        "Save the model again with a current version of bitsandbytes, or give the model before it was quantised and --precision four_bit or eight_bit",
        inner);

    private sealed record State(int Rows, int Columns, int Block, int NestedBlock, float NestedOffset);
}
