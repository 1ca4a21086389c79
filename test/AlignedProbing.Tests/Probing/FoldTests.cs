using AlignedProbing.Numerics;
using AlignedProbing.Probing.Training;

namespace AlignedProbing.Tests.Probing;

public class FoldTests
{
    [Fact]
    public void Groups_stay_together_and_rows_on_their_own_are_split_as_by_their_number()
    {
        Assert.All(Fold.Split(101).Zip(Fold.Split([.. Enumerable.Range(0, 101).Select(row => 1000 - row)])), pair =>
        {
            Assert.Equal(pair.First.Train, pair.Second.Train);
            Assert.Equal(pair.First.Development, pair.Second.Development);
            Assert.Equal(pair.First.Test, pair.Second.Test);
        });
        int[] groups = [.. Enumerable.Range(0, 60).Select(row => row % 13)];
        var folds = Fold.Split(groups);
        Assert.Equal(Enumerable.Range(0, 60), folds.SelectMany(fold => fold.Test).Order());
        Assert.All(folds, fold =>
        {
            Assert.Equal(Enumerable.Range(0, 60), fold.Train.Concat(fold.Development).Concat(fold.Test).Order());
            Assert.Empty(fold.Test.Select(row => groups[row]).Intersect(fold.Train.Concat(fold.Development).Select(row => groups[row])));
            Assert.Empty(fold.Train.Select(row => groups[row]).Intersect(fold.Development.Select(row => groups[row])));
        });
        Assert.Throws<ArgumentOutOfRangeException>(() => Fold.Split([.. Enumerable.Range(0, 60).Select(row => row % 11)]));
    }

    [Theory]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(250)]
    public void Every_row_is_tested_once_and_is_in_one_part_of_each_fold(int rows)
    {
        var folds = Fold.Split(rows);
        Assert.Equal(Enumerable.Range(0, rows), folds.SelectMany(fold => fold.Test).Order());
        Assert.All(folds, fold =>
        {
            Assert.Equal(Enumerable.Range(0, rows), fold.Train.Concat(fold.Development).Concat(fold.Test).Order());
            Assert.All(new[] { fold.Train, fold.Development, fold.Test }, part => Assert.True(part.Count >= 2));
        });
    }

    [Fact]
    public void Fewer_rows_than_the_folds_need_are_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => Fold.Split(Fold.FewestRows - 1));

    // The first outputs of the reference implementation for init_genrand(5489).
    [Fact]
    public void The_generator_gives_the_published_numbers()
    {
        var generator = new MersenneTwister(5489);
        Assert.Equal([3499211612u, 581869302u, 3890346734u, 3586334585u, 545404204u], Enumerable.Range(0, 5).Select(_ => generator.Next()));
    }
}
