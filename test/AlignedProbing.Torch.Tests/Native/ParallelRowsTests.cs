using AlignedProbing.Torch.Native;

namespace AlignedProbing.Torch.Tests.Native;

public class ParallelRowsTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(101, 1)]
    [InlineData(101, 40)]
    [InlineData(101, 1000)]
    public void Every_row_is_done_once(int rows, int grain)
    {
        var done = new int[rows];
        ParallelRows.For(
            rows,
            (from, to) =>
            {
                for (var row = from; row < to; row++)
                {
                    Interlocked.Increment(ref done[row]);
                }
            },
            grain);
        Assert.All(done, count => Assert.Equal(1, count));
    }

    [Fact]
    public void An_exception_reaches_the_caller()
    {
        var error = Assert.Throws<InvalidOperationException>(() =>
            ParallelRows.For(10, (_, to) => throw (to == 10 ? new InvalidOperationException("the last part") : new InvalidOperationException("a part"))));
        Assert.Contains("part", error.Message, StringComparison.Ordinal);
        Every_row_is_done_once(10, 1);
    }
}
