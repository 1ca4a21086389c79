using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights;

/// <summary>Rows of a weight as float32, whatever it is stored in; read while it is quantised, by several threads.</summary>
internal sealed unsafe class WeightRows : IDisposable
{
    private readonly Tensor _weight;
    private readonly bool _owned;
    private readonly void* _data;

    /// <summary>Looks at a weight.</summary>
    /// <param name="weight">[rows, columns], any floating-point type, any device; must stay alive.</param>
    public WeightRows(Tensor weight)
    {
        var readable =
            weight.device_type == TorchSharp.DeviceType.CPU
            && weight.is_contiguous()
            && weight.dtype is ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float16;
        _owned = !readable;
        _weight = readable ? weight : DeviceCopies.ToHost(weight).to(ScalarType.Float32).contiguous().DetachFromDisposeScope();
        (Rows, Columns) = ((int)weight.size(0), (int)weight.size(1));
        _data = _weight.dtype == ScalarType.Float32 ? TensorMemory.Pointer<float>(_weight) : TensorMemory.Pointer<ushort>(_weight);
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Copies elements, counted row by row.</summary>
    public void Read(long first, Span<float> values)
    {
        switch (_weight.dtype)
        {
            case ScalarType.Float32:
                new ReadOnlySpan<float>((float*)_data + first, values.Length).CopyTo(values);
                break;
            case ScalarType.BFloat16:
                var bits = new ReadOnlySpan<ushort>((ushort*)_data + first, values.Length);
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = BitConverter.UInt32BitsToSingle((uint)bits[i] << 16);
                }

                break;
            default:
                System.Numerics.Tensors.TensorPrimitives.ConvertToSingle(new ReadOnlySpan<Half>((Half*)_data + first, values.Length), values);
                break;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        GC.KeepAlive(_weight);
        if (_owned)
        {
            _weight.Dispose();
        }
    }
}
