using AlignedProbing.Statistics;

namespace AlignedProbing.Tests.Statistics;

public class NearDuplicatesTests
{
    [Fact]
    public void Case_punctuation_and_a_changed_word_in_a_long_text_do_not_make_texts_differ_and_other_words_do()
    {
        const string Long = "The old harbour was quiet that morning and the boats lay still on the grey water while nobody spoke of the storm";
        Assert.Equal(
            [0, 0, 0, 3, 4, 4, 6, 7, 8],
            NearDuplicates.Groups(
            [
                Long,
                Long.ToUpperInvariant() + "!!",
                Long.Replace("storm", "storms", StringComparison.Ordinal),
                "The old harbour was quiet that morning but in the town people had gathered to talk about what had happened",
                "So",
                "so...",
                "Sow",
                "",
                "...",
            ]));
    }

    [Fact]
    public void Likeness_is_carried_on_and_thousands_of_like_texts_cost_little()
    {
        var chain = Enumerable
            .Range(0, 3000)
            .Select(number => $"This sentence is the same for each of them except its number, which is {number}, and that is all")
            .ToArray();
        Assert.All(NearDuplicates.Groups(chain), group => Assert.Equal(0, group));
        Assert.Empty(NearDuplicates.Groups([]));
    }
}
