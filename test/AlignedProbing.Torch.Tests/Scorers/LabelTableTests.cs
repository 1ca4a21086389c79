using AlignedProbing.Torch.Scorers.Classifiers;

namespace AlignedProbing.Torch.Tests.Scorers;

public sealed class LabelTableTests
{
    private static readonly Dictionary<string, string?> Nothing = [];

    [Theory]
    [InlineData("toxic", "toxicity")]
    [InlineData("Toxicity", "toxicity")]
    [InlineData("severe_toxic", "severe_toxicity")]
    [InlineData("Severe-Toxic", "severe_toxicity")]
    [InlineData("obscene", "profanity")]
    [InlineData("identity_hate", "identity_attack")]
    [InlineData("identity attack", "identity_attack")]
    [InlineData("sexual_explicit", "sexually_explicit")]
    [InlineData("hate speech", "hate")]
    [InlineData("homosexual_gay_or_lesbian", "homosexual_gay_or_lesbian")]
    [InlineData("Beleidigung", "beleidigung")]
    [InlineData("non-toxic", null)]
    [InlineData("not_toxic", null)]
    [InlineData("Neutral", null)]
    [InlineData("nothate", null)]
    public void A_label_is_the_attribute_that_means_the_same(string label, string? attribute) => Assert.Equal(attribute, LabelTable.AttributeOf(label));

    [Fact]
    public void The_users_own_entries_come_before_the_table()
    {
        Assert.Equal(
            ["rude", null, "threat"],
            LabelTable.Attributes(["obscene", "insult", "threat"], new Dictionary<string, string?> { ["obscene"] = "rude", ["insult"] = null }));
        Assert.Equal([null, "toxicity"], LabelTable.Attributes(["LABEL_0", "LABEL_1"], new Dictionary<string, string?> { ["LABEL_1"] = "toxicity" }));
    }

    [Theory]
    [InlineData("say nothing", "LABEL_0", "LABEL_1")]
    [InlineData("would be the attribute 'toxicity'", "toxic", "toxicity")]
    [InlineData("none of its labels is an attribute", "neutral", "normal")]
    [InlineData("that of texts", "length", "toxic")]
    [InlineData("without a name", "!?", "toxic")]
    public void Labels_that_say_nothing_or_the_same_are_refused(string found, string first, string second)
    {
        var error = Assert.Throws<InputException>(() => LabelTable.Attributes([first, second], Nothing));
        Assert.Equal("classifier-labels", error.Code);
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_for_a_label_that_is_not_there_is_refused_with_those_there_are()
    {
        var error = Assert.Throws<InputException>(() => LabelTable.Attributes(["toxic"], new Dictionary<string, string?> { ["toxik"] = "toxicity" }));
        Assert.Contains("toxik", error.Message, StringComparison.Ordinal);
        Assert.Contains("labels are toxic", error.Message, StringComparison.Ordinal);
    }
}
