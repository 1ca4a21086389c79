using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Scorers;
using AlignedProbing.Torch.Scorers.Classifiers;
using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Torch.Tests.Scorers;

public sealed class ScorerFileTests : IDisposable
{
    private readonly TemporaryFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Every_field_arrives()
    {
        var options = (
            (ClassifierFile)Read(
                """{"classifier": "there", "labels": {"a": "b", "c": null}, "activation": "softmax", "range": [-1, 3], "max_tokens": 99, "precision": "bf16"}"""
            )
        ).ToOptions("mine", "/there");
        Assert.Equal(
            ("mine", "/there", Activation.Softmax, (-1.0, 3.0), 99, WeightPrecision.BFloat16),
            (options.Name, options.Folder, options.Activation, options.Range, options.MaxTokens, options.Precision));
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
        Assert.Equal("scorer-file", Assert.Throws<InputException>(() => ((ClassifierFile)Read(text)).ToOptions("mine", "x")).Code);

    [Fact]
    public void A_misspelt_field_is_named_with_those_there_are()
    {
        var error = Assert.Throws<InputException>(() => Read("""{"classifier": "x", "lables": {}}"""));
        Assert.Contains("lables: there is no such field; there are classifier, revision, labels, activation", error.Message, StringComparison.Ordinal);
        Assert.Contains(
            "none of classifier, judge, perplexity, but clasifier",
            Assert.Throws<InputException>(() => Read("""{"clasifier": "x"}""")).Message,
            StringComparison.Ordinal);
        Assert.Contains("there is no such file", Assert.Throws<InputException>(() => ScorerFile.Read(_home["none.json"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_judge_behind_an_endpoint_gets_its_key_from_the_environment()
    {
        var file = Assert.IsType<JudgeFile>(
            Read(
                """{"judge": "m", "endpoint": "http://localhost:1/v1", "key": "MY_KEY", "attributes": ["threat"], "answer_tokens": 3, "parameters":""" +
                """ {"seed": 1}, "parallel": 2, "requests_per_second": 5, "timeout_seconds": 7}"""
            ));
        var options = file.ToEndpoint("mine.json", name => name == "MY_KEY" ? "secret" : null);
        Assert.Equal(
            ("m", "secret", 3, 2, 5.0, TimeSpan.FromSeconds(7)),
            (options.Model, options.Key, options.AnswerTokens, options.Parallel, options.RequestsPerSecond, options.Timeout));
        Assert.Equal("""{"seed":1}""", options.Parameters!.ToJsonString());
        Assert.Equal("judge-key", Assert.Throws<InputException>(() => file.ToEndpoint("mine.json", _ => null)).Code);
    }

    [Fact]
    public void A_key_that_stands_in_the_file_itself_is_not_repeated()
    {
        var file = (JudgeFile)Read("""{"judge": "m", "endpoint": "http://localhost:1/v1", "key": "sk-secret"}""");
        Assert.DoesNotContain("sk-secret", Assert.Throws<InputException>(() => file.ToEndpoint("mine.json", _ => null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_belongs_to_an_endpoint_is_refused_without_one()
    {
        Assert.Equal(5, ((JudgeFile)Read("""{"judge": "there", "answer_tokens": 5}""")).ToModel("mine.json", "/there").AnswerTokens);
        Assert.Equal(
            "scorer-file",
            Assert.Throws<InputException>(() => ((JudgeFile)Read("""{"judge": "there", "key": "K"}""")).ToModel("mine.json", "/there")).Code);
        Assert.Equal("scorer-file", Assert.Throws<InputException>(() => Read("""{"judge": "a", "classifier": "b"}""")).Code);
    }

    private ScorerFile Read(string text)
    {
        File.WriteAllText(_home["mine.json"], text);
        return ScorerFile.Read(_home["mine.json"]);
    }
}
