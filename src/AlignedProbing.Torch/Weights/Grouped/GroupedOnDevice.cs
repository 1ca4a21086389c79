using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights.Grouped;

/// <summary>Codes in groups on any device: a table turns codes, or bytes of two codes, into numbers.</summary>
internal sealed class GroupedOnDevice : DeviceWeight
{
    private readonly string _name;
    private readonly bool _narrow;
    private readonly Tensor _codes;
    private readonly Tensor _scales;
    private readonly Tensor? _zeros;
    private readonly Tensor _groups;
    private readonly Tensor _table;

    public GroupedOnDevice(GroupedWeight weight, Device device)
        : base(weight.Rows, weight.Columns)
    {
        using var scope = NewDisposeScope();
        (_name, _narrow) = (weight.Name, CodeValues.IsNarrow(weight.Kind));
        var values = CodeValues.Of(weight.Kind, weight.Offset);
        float[] table = _narrow ? [.. Enumerable.Range(0, 256).SelectMany(pair => new[] { values[pair & 15], values[pair >> 4] })] : values;
        _table = tensor(table, [256, table.Length / 256], device: device).DetachFromDisposeScope();
        _codes = (_narrow ? Pairs(weight) : weight.Codes).to(device, copy: true).DetachFromDisposeScope();
        _scales = weight.Scales.to(device, copy: true).DetachFromDisposeScope();
        _zeros = weight.Zeros?.to(device, copy: true).DetachFromDisposeScope();
        _groups = tensor(weight.Groups, device: device).DetachFromDisposeScope();
    }

    public override string Name => _name;

    public override Tensor Dequantise(int first, int count)
    {
        using var scope = NewDisposeScope();
        var codes = _codes.narrow(0, first, count);
        var values = _table.index_select(0, codes.flatten().to(ScalarType.Int32)).view(count, -1).narrow(1, 0, Columns);
        if (_zeros is not null)
        {
            values = Ops.Subtract(values, _zeros.narrow(0, first, count).index_select(1, _groups).to(ScalarType.Float32));
        }

        return values.mul(_scales.narrow(0, first, count).to(ScalarType.Float32).index_select(1, _groups)).contiguous().MoveToOuterDisposeScope();
    }

    public override void Dispose()
    {
        _codes.Dispose();
        _scales.Dispose();
        _zeros?.Dispose();
        _groups.Dispose();
        _table.Dispose();
    }

    /// <summary>Two codes a byte, the first in the low half; a row of an odd number of codes ends in an empty half.</summary>
    private static unsafe Tensor Pairs(GroupedWeight weight)
    {
        var (columns, bytes) = (weight.Columns, (weight.Columns + 1) / 2);
        var pairs = empty([weight.Rows, bytes], ScalarType.Byte);
        var (from, to) = ((nint)TensorMemory.Pointer<byte>(weight.Codes), (nint)TensorMemory.Pointer<byte>(pairs));
        ParallelRows.For(weight.Rows, (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                var codes = (byte*)from + ((nint)row * columns);
                var result = (byte*)to + ((nint)row * bytes);
                for (var i = 0; i < bytes; i++)
                {
                    result[i] = (byte)(codes[2 * i] | ((2 * i) + 1 < columns ? codes[(2 * i) + 1] << 4 : 0));
                }
            }
        });
        GC.KeepAlive(weight);
        return pairs;
    }
}
