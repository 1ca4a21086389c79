using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights.Bitsandbytes;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights;

/// <summary>A quantised weight on any device, made whole by torch's own operators, some rows at a time.</summary>
internal abstract class DeviceWeight(int rows, int columns) : IDisposable
{
    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    public abstract string Name { get; }

    /// <summary>Rows that begin a block: only a multiple of this may be a first row.</summary>
    public virtual int RowStep => 1;

    /// <summary>Some rows as float32 [count, columns], owned by the caller's scope.</summary>
    public abstract Tensor Dequantise(int first, int count);

    public abstract void Dispose();
}

/// <summary>int8 with a scale a row.</summary>
internal sealed class EightBitOnDevice(EightBitWeight weight, Device device) : DeviceWeight(weight.Rows, weight.Columns)
{
    private readonly Tensor _codes = weight.Codes.to(device, copy: true).DetachFromDisposeScope();
    private readonly Tensor _largest = weight.Largest.to(device, copy: true).DetachFromDisposeScope();

    public override string Name => "int8";

    public override Tensor Dequantise(int first, int count)
    {
        using var scope = NewDisposeScope();
        var values = _codes.narrow(0, first, count).to(ScalarType.Float32).mul(_largest.narrow(0, first, count).unsqueeze(1));
        return Ops.Scale(values, EightBitWeight.Step).MoveToOuterDisposeScope();
    }

    public override void Dispose()
    {
        _codes.Dispose();
        _largest.Dispose();
    }
}

/// <summary>NF4: a table of 256 pairs of values turns bytes into numbers.</summary>
internal sealed class FourBitOnDevice : DeviceWeight
{
    private readonly Tensor _codes;
    private readonly Tensor _scales;
    private readonly Tensor _pairs;
    private readonly int _block;

    public FourBitOnDevice(FourBitWeight weight, Device device)
        : base(weight.Rows, weight.Columns)
    {
        using var scope = NewDisposeScope();
        _block = weight.Block;
        _codes = weight.Codes.flatten().to(device, copy: true).DetachFromDisposeScope();
        _scales = tensor(weight.Scales(), device: device).DetachFromDisposeScope();
        var pairs = Enumerable.Range(0, 256).SelectMany(pair => new[] { weight.Map[pair >> 4], weight.Map[pair & 15] }).ToArray();
        _pairs = tensor(pairs, [256, 2], device: device).DetachFromDisposeScope();
    }

    public override string Name => "nf4";

    public override int RowStep => _block;

    public override Tensor Dequantise(int first, int count)
    {
        using var scope = NewDisposeScope();
        var (start, length) = ((long)first * Columns, (long)count * Columns);
        var values = _pairs.index_select(0, _codes.narrow(0, start / 2, (length + 1) / 2).to(ScalarType.Int32)).flatten().narrow(0, 0, length);
        var blocks = (length + _block - 1) / _block;
        var scales = _scales.narrow(0, start / _block, blocks).unsqueeze(1).expand(blocks, _block).reshape(-1).narrow(0, 0, length);
        return values.mul(scales).view(count, Columns).MoveToOuterDisposeScope();
    }

    public override void Dispose()
    {
        _codes.Dispose();
        _scales.Dispose();
        _pairs.Dispose();
    }
}
