using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Precision;
using AlignedProbing.Torch.Scorers;
using AlignedProbing.Torch.Scorers.Classifiers;

namespace AlignedProbing.Torch.Tests.Scorers;

public sealed class ScorerFileTests : IDisposable
{
    private readonly TemporaryFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Every_field_arrives()
    {
        var options = Read("""{"classifier": "there", "labels": {"a": "b", "c": null}, "activation": "softmax", "range": [-1, 3], "max_tokens": 99, "precision": "bf16"}""").ToOptions("mine", "/there");
        Assert.Equal(("mine", "/there", Activation.Softmax, (-1.0, 3.0), 99, WeightPrecision.BFloat16), (options.Name, options.Folder, options.Activation, options.Range, options.MaxTokens, options.Precision));
        Assert.Equal(new Dictionary<string, string?> { ["a"] = "b", ["c"] = null }, options.Labels);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"classifier": null}""")]
    [InlineData("""{"classifier": "x", "activation": "relu"}""")]
    [InlineData("""{"classifier": "x", "labels": {"a": 1}}""")]
    [InlineData("""{"classifier": "x", "classifier": "y"}""")]
    [InlineData("""{"classifier": "x", "range": [1]}""")]
    [InlineData("""{"classifier": "x", "precision": "int8"}""")]
    public void A_file_that_is_no_scorer_is_refused(string text) =>
        Assert.Equal("scorer-file", Assert.Throws<InputException>(() => Read(text).ToOptions("mine", "x")).Code);

    [Fact]
    public void A_misspelt_field_is_named_with_those_there_are()
    {
        var error = Assert.Throws<InputException>(() => Read("""{"clasifier": "x"}"""));
        Assert.Contains("clasifier: there is no such field; there are classifier, labels, activation", error.Message, StringComparison.Ordinal);
        Assert.Contains("there is no such file", Assert.Throws<InputException>(() => ScorerFile.Read(_home["none.json"])).Message, StringComparison.Ordinal);
    }

    private ScorerFile Read(string text)
    {
        File.WriteAllText(_home["mine.json"], text);
        return ScorerFile.Read(_home["mine.json"]);
    }
}
