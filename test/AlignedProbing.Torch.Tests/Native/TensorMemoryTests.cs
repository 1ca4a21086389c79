using AlignedProbing.Torch.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Tests.Native;

public class TensorMemoryTests
{
    [Fact]
    public unsafe void Wrapped_memory_is_seen_in_place()
    {
        float* data = stackalloc float[] { 1, 2, 3, 4, 5, 6 };
        using var tensor = TensorMemory.Wrap(data, ScalarType.Float32, 2, 3);
        Assert.Equal([2L, 3], tensor.shape);
        data[5] = 60;
        Assert.Equal(60f, TensorMemory.Span<float>(tensor)[5]);
    }

    [Fact]
    public void A_span_is_refused_where_it_would_lie()
    {
        using var scope = NewDisposeScope();
        var a = zeros(2, 3);
        Assert.Throws<ArgumentException>(() => TensorMemory.Span<double>(a).Length);
        Assert.Throws<ArgumentException>(() => TensorMemory.Span<float>(a.transpose(0, 1)).Length);
        Assert.Throws<ArgumentException>(() => TensorMemory.Span<float>(a.to(DeviceType.META)).Length);
    }
}
