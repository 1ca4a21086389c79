using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using AlignedProbing.Torch.Kernels;

namespace AlignedProbing.Torch.Tests.Models;

public sealed class VectorMathTests
{
    [Fact]
    public void Exponentials_are_within_two_units_in_the_last_place()
    {
        var worst = 0.0;
        for (var x = -87f; x < 88.7f; x += 0.0137f)
        {
            var expected = Math.Exp(x);
            worst = Math.Max(worst, Math.Abs(VectorMath.Exp(x) - expected) / MathF.BitIncrement((float)expected) * (1 << 23));
        }

        Assert.InRange(worst, 0, 2);
    }

    [Fact]
    public void Exponentials_of_wide_vectors_are_the_same_to_the_bit()
    {
        Assert.SkipUnless(Avx512F.IsSupported, "This processor has no vectors of 512 bits.");
        float[] ends = [float.NaN, float.NegativeInfinity, -88, -87.4f, -87.3f, -87.29f, 88.72f, 88.722f, 88.73f, 1000, float.PositiveInfinity];
        for (var i = 0; i < 100_000; i++)
        {
            var x = i < ends.Length ? ends[i] : -90 + (i * 0.0018f);
            Assert.Equal(VectorMath.Exp(x), VectorMath.Exp(Vector512.Create(x))[0]);
        }
    }

    [Fact]
    public void Hyperbolic_tangents_are_within_two_units_in_the_last_place()
    {
        var worst = 0.0;
        for (var x = -12f; x < 12f; x += 0.00137f)
        {
            var (expected, found) = (Math.Tanh(x), VectorMath.Tanh(Vector.Create(x))[0]);
            worst = Math.Max(worst, Math.Abs(found - expected) / (MathF.BitIncrement(MathF.Abs((float)expected)) - MathF.Abs((float)expected)));
        }

        Assert.InRange(worst, 0, 2);
        Assert.Equal(
            [-1f, -1f, 0f, 1f, 1f],
            new[] { float.NegativeInfinity, -500f, 0f, 500f, float.PositiveInfinity }.Select(x => VectorMath.Tanh(Vector.Create(x))[0]));
        Assert.True(float.IsNaN(VectorMath.Tanh(Vector.Create(float.NaN))[0]));
    }

    [Theory]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(-1000f, 0f)]
    [InlineData(0f, 1f)]
    [InlineData(1000f, float.PositiveInfinity)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NaN, float.NaN)]
    public void Exponentials_at_the_ends_are_exact(float x, float expected) => Assert.Equal(expected, VectorMath.Exp(x));

    [Fact]
    public void An_elements_exponential_does_not_depend_on_its_neighbours()
    {
        var values = new float[Vector<float>.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (i * 7.3f) - 20;
        }

        var together = VectorMath.Exp(new Vector<float>(values));
        for (var i = 0; i < values.Length; i++)
        {
            Assert.Equal(VectorMath.Exp(values[i]), together[i]);
        }
    }
}
