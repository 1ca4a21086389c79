using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Scorers.Classifiers;

namespace AlignedProbing.Torch.Tests.Scorers;

public sealed class ActivationRuleTests
{
    // As transformers' TextClassificationPipeline decides.
    [Theory]
    [InlineData("multi_label_classification", 6, 0, Activation.Sigmoid)]
    [InlineData("multi_label_classification", 1, 0, Activation.Sigmoid)]
    [InlineData("single_label_classification", 1, 0, Activation.Sigmoid)]
    [InlineData("single_label_classification", 3, 0, Activation.Softmax)]
    [InlineData("regression", 1, 0, Activation.None)]
    [InlineData(null, 1, 0, Activation.Sigmoid)]
    [InlineData(null, 2, 1, Activation.Softmax)]
    public void The_activation_is_what_Hugging_Faces_pipeline_takes(string? problem, int labels, int leftOut, Activation activation) =>
        Assert.Equal(activation, Of(problem, labels, leftOut, null));

    [Theory]
    [InlineData(2, 0)]
    [InlineData(3, 1)]
    [InlineData(6, 0)]
    public void Where_it_cannot_be_told_the_user_is_asked_and_may_say(int labels, int leftOut)
    {
        var error = Assert.Throws<InputException>(() => Of(null, labels, leftOut, null));
        Assert.Equal("classifier-activation", error.Code);
        Assert.Contains("\"activation\": \"softmax\" or \"sigmoid\"", error.Message, StringComparison.Ordinal);
        Assert.Equal(Activation.Sigmoid, Of(null, labels, leftOut, Activation.Sigmoid));
    }

    [Fact]
    public void What_the_user_says_comes_before_the_configuration() =>
        Assert.Equal(Activation.Softmax, Of("multi_label_classification", 6, 0, Activation.Softmax));

    [Fact]
    public void A_problem_type_that_is_not_known_is_refused() =>
        Assert.Equal("config-unsupported", Assert.Throws<InputException>(() => Of("token_classification", 2, 0, null)).Code);

    [Fact]
    public void Softmax_of_large_logits_is_finite_and_sums_to_one()
    {
        var outputs = new double[3];
        ActivationRule.Apply(Activation.Softmax, [1000f, 999f, -1000f], outputs);
        Assert.Equal(1, outputs.Sum(), 12);
        Assert.Equal(1 / (1 + Math.Exp(-1)), outputs[0], 6);
        ActivationRule.Apply(Activation.Sigmoid, [1000f, 0f, -1000f], outputs);
        Assert.Equal([1, 0.5, 0], outputs);
        ActivationRule.Apply(Activation.None, [1000f, 0f, -1000f], outputs);
        Assert.Equal([1000, 0, -1000], outputs);
    }

    private static Activation Of(string? problem, int labels, int leftOut, Activation? asked) =>
        ActivationRule.Of(
            ModelConfig.Parse(problem is null ? "{}" : $$"""{"problem_type": "{{problem}}"}""", "config.json"),
            [.. Enumerable.Range(0, labels).Select(i => $"label{i}")],
            leftOut,
            asked);
}
