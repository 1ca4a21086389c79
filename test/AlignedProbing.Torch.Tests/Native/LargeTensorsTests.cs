using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Tests.Native;

public class LargeTensorsTests
{
    // A row is a megabyte: larger results than those of other tests, so that none of theirs takes their place.
    private const long Columns = 1 << 18;

    [Fact]
    public unsafe void Memory_of_a_freed_result_is_used_again_and_two_that_live_never_share_it()
    {
        TorchRuntime.EnsureLoaded();
        using var first = LargeTensors.Empty(24, Columns);
        using var second = LargeTensors.Empty(23, Columns);
        Assert.Equal([23L, Columns], second.shape);
        var address = (nint)TensorMemory.Pointer<float>(first);
        Assert.NotEqual(address, (nint)TensorMemory.Pointer<float>(second));
        Ops.FillInPlace(first, 1);
        Ops.FillInPlace(second, 2);
        Assert.Equal(1f, TensorMemory.Span<float>(first)[^1]);

        first.Dispose();
        using var third = LargeTensors.Empty(24, Columns);
        Assert.Equal(address, (nint)TensorMemory.Pointer<float>(third));
    }

    [Fact]
    public void A_view_keeps_the_memory()
    {
        TorchRuntime.EnsureLoaded();
        Tensor view;
        using (var whole = LargeTensors.Empty(32, Columns))
        {
            Ops.FillInPlace(whole, 3);
            view = whole.narrow(0, 31, 1);
        }

        using (view)
        using (var other = LargeTensors.Empty(32, Columns))
        {
            Ops.FillInPlace(other, 4);
            Assert.Equal(3f, TensorMemory.Span<float>(view)[0]);
        }
    }

    [Fact]
    public void Memory_that_nobody_wants_for_long_is_given_back()
    {
        TorchRuntime.EnsureLoaded();
        const long Large = 40 * Columns * sizeof(float);
        LargeTensors.Empty(40, Columns).Dispose();
        Assert.True(LargeTensors.Held >= Large);
        for (var turn = 0; turn < 2 * LargeTensors.IdleTurns; turn++)
        {
            LargeTensors.Empty(4, Columns).Dispose();
        }

        Assert.True(LargeTensors.Held < Large);
    }
}
