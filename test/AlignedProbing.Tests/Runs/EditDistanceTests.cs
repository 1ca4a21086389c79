namespace AlignedProbing.Tests.Runs;

public sealed class EditDistanceTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("flaw", "lawn", 2)]
    [InlineData("prompts", "propmts", 1)]
    [InlineData("ca", "abc", 3)] // optimal string alignment: 3, the unrestricted distance: 2
    [InlineData("layer", "Layer", 1)]
    public void Counts_edits_and_swaps_the_same_from_both_sides(string left, string right, int edits)
    {
        Assert.Equal(edits, EditDistance.Between(left, right));
        Assert.Equal(edits, EditDistance.Between(right, left));
    }

    [Fact]
    public void Names_longer_than_any_real_one_are_compared_by_their_beginning() =>
        Assert.Equal(1, EditDistance.Between(new string('a', 199) + "b" + new string('x', 100_000), new string('a', 200) + new string('y', 100_000)));
}
