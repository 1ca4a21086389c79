using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Tests.Native;

public class OpsTests
{
    [Fact]
    public void Arithmetic_gives_what_its_names_say()
    {
        using var scope = NewDisposeScope();
        var a = tensor(new float[] { 1, -2, 3 });
        var b = tensor(new float[] { 10, 20, 30 });
        Assert.Equal([11f, 18, 33], Floats(Ops.Add(a, b)));
        Assert.Equal([21f, 38, 63], Floats(Ops.AddScaled(a, b, 2)));
        Assert.Equal([1.5f, -1.5f, 3.5f], Floats(Ops.Add(a, 0.5)));
        Assert.Equal([-9f, -22, -27], Floats(Ops.Subtract(a, b)));
        Assert.Equal([3f, -6, 9], Floats(Ops.Scale(a, 3)));
        Assert.Equal([0.5f, -1, 1.5f], Floats(Ops.Divide(a, 2)));
        Assert.Equal([1f, 4, 9], Floats(Ops.Power(a, 2)));
        Assert.Equal([1f, 0, 2], Floats(Ops.Clamp(a, 0, 2)));
        Assert.Equal([1f, -7, 3], Floats(Ops.MaskedFill(a, Ops.LessThan(a, 0), -7)));
        Assert.Equal([2f, 2], Floats(Ops.Full([2], 2, ScalarType.Float32)));
        Assert.Equal([2L, 4, 6], TensorMemory.Span<long>(Ops.Range(2, 8, 2)).ToArray());
        Assert.Equal([false, true], TensorMemory.Span<bool>(Ops.EqualTo(Ops.Range(0, 2), 1)).ToArray());
        Assert.Same(a, Ops.AddInPlace(a, b));
        Assert.Equal([11f, 18, 33], Floats(a));
        Assert.Equal([6f, 8, 18], Floats(Ops.AddScaledInPlace(a, b, -0.5)));
        Assert.Equal([12f, 16, 36], Floats(Ops.ScaleInPlace(a, 2)));
        Assert.Equal([5f, 5, 5], Floats(Ops.FillInPlace(a, 5)));
    }

    [Fact]
    public void Products_of_wrong_shapes_throw_instead_of_ending_the_process()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => Ops.MatrixProduct(zeros(2, 3), zeros(4, 2)));
        Assert.Throws<ArgumentException>(() => Ops.MatrixProduct(zeros(2, 2, 3), zeros(3, 2)));
        Assert.Throws<ArgumentException>(() => Ops.MatrixProduct(zeros(2, 2, 3), zeros(3, 3, 1)));
        Assert.Equal([2L, 4], Ops.MatrixProduct(zeros(2, 3), zeros(3, 4)).shape);
        Assert.Equal([5L, 2, 4], Ops.MatrixProduct(zeros(5, 2, 3), zeros(5, 3, 4)).shape);
    }

    [Fact]
    public void Same_wants_dtype_shape_and_every_element()
    {
        using var scope = NewDisposeScope();
        var a = tensor(new float[] { 1, 2 });
        Assert.True(Ops.Same(a, tensor(new float[] { 1, 2 })));
        Assert.False(Ops.Same(a, tensor(new float[] { 1, 3 })));
        Assert.False(Ops.Same(a, tensor(new double[] { 1, 2 })));
        Assert.False(Ops.Same(a, a.view(2, 1)));
        Assert.False(Ops.Same(tensor(new[] { float.NaN }), tensor(new[] { float.NaN })));
    }

    [Fact]
    public void Root_mean_square_norm_is_its_formula()
    {
        using var scope = NewDisposeScope();
        var normed = Floats(Ops.RootMeanSquareNorm(tensor(new float[] { 3, 4, 0, 0 }, [1, 4]), tensor(new float[] { 1, 2, 1, 1 }), 0));
        Assert.Equal(3 / 2.5f, normed[0], 1e-6f);
        Assert.Equal(2 * 4 / 2.5f, normed[1], 1e-6f);
    }

    [Fact]
    public void No_operator_leaves_a_tensor_behind()
    {
        using var scope = NewDisposeScope();
        var a = tensor(new float[] { 1, 2, 3, 4 }, [2, 2]);
        LeakCheck.TenTimes(() =>
        {
            using var inner = NewDisposeScope();
            Ops.RootMeanSquareNorm(Ops.Add(Ops.Scale(a, 2), Ops.Subtract(a, a)), null, 1e-5);
            Ops.Same(a, a);
        });
    }

    [Fact]
    public void Scalars_live_as_long_as_the_call_while_another_thread_allocates()
    {
        // With a + b of TorchSharp this ends in an access violation after some thousand iterations.
        var stop = false;
        var allocating = new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                _ = new byte[10_000];
            }
        });
        allocating.Start();
        using var a = ones(64);
        for (var i = 0; i < 20_000; i++)
        {
            using var sum = Ops.Add(a, a);
            using var scaled = Ops.Scale(sum, 0.5);
        }

        Volatile.Write(ref stop, true);
        allocating.Join();
        Assert.Equal(1f, Floats(a)[0]);
    }

    private static float[] Floats(Tensor tensor) => TensorMemory.Span<float>(tensor).ToArray();
}
