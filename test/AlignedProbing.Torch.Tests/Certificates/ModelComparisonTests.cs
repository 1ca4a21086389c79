using System.Text.Json.Nodes;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Certificates;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Encoding;
using AlignedProbing.Torch.Tests.Native;
using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Torch.Tests.Certificates;

public sealed class ModelComparisonTests : IDisposable
{
    private readonly CausalModel _model = ModelCatalog.Load(DemoRun.ModelFolder, new ModelLoadOptions());

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_model_is_equal_to_its_own_values_whichever_side_they_are_padded_on(bool rightPadded)
    {
        using var expected = new ExpectedValues(_model, rightPadded);
        var path = expected.Write();
        LeakCheck.TenTimes(() =>
        {
            var result = Run(path);
            Assert.True(result.Within);
            Assert.Equal([5, 2], result.PromptLengths);
            Assert.Equal(0, result.Largest("hidden_states"));
            Assert.Equal(0, result.Largest("rows_alone"));
            Assert.Equal(4, result.Continuations.Count);
            Assert.All(result.Continuations, row => Assert.Equal(ExpectedValues.Steps, row.Compared));
        });
    }

    [Fact]
    public void Tensors_that_are_absent_or_unknown_are_named_and_the_others_compared()
    {
        using var expected = new ExpectedValues(_model);
        expected.Tensors.Remove("logits_last");
        expected.Tensors["attention_probabilities"] = ([1], [0]);
        expected.Tensors["logits_last_bf16"] = ([1], [0]);
        var result = Run(expected.Write());
        Assert.True(result.Within);
        Assert.Null(result.Largest("logits_last"));
        Assert.Equal(
            ["attention_probabilities", "logits_full", "logits_last", "logits_last_bf16", "pooled_input", "pooled_output"],
            result.Skipped.Select(part => part.Tensor).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_state_that_is_off_is_found_with_its_layer_and_place()
    {
        using var expected = new ExpectedValues(_model);
        var (shape, values) = expected.Tensors["hidden_states"];
        // Layer 2, row 1, column 4: the second token of that row.
        var vector = values.AsSpan((int)((((2 * ExpectedValues.Rows) + 1) * ExpectedValues.Columns) + 4) * (int)shape[3], (int)shape[3]);
        var scale = Difference.Scale(vector);
        vector[3] += (float)(scale * 1e-3);
        var result = Run(expected.Write());
        Assert.False(result.Within);
        var off = Assert.Single(result.Parts, part => part.Difference > result.Tolerance);
        Assert.Equal(("hidden_states", 2, "row 1, token 1"), (off.Tensor, off.Layer, off.Where));
        Assert.InRange(off.Difference, 1e-5, 1.01e-3);
    }

    [Fact]
    public void What_stands_in_places_of_padding_is_not_compared()
    {
        using var expected = new ExpectedValues(_model);
        var (shape, values) = expected.Tensors["hidden_states"];
        values.AsSpan(ExpectedValues.Columns * (int)shape[3], (int)shape[3]).Fill(float.NaN);
        Assert.True(Run(expected.Write()).Within);
    }

    [Fact]
    public void An_id_that_differs_is_a_failure_unless_the_expected_logits_cannot_tell_it_from_the_one_found()
    {
        using var expected = new ExpectedValues(_model);
        var (ids, found) = (expected.Tensors["greedy_ids"].Values, (int)expected.Tensors["greedy_ids"].Values[1]);
        var vocabulary = _model.Sizes.Vocabulary;
        var other = (found + 1) % vocabulary;
        ids[1] = other;
        var failed = Run(expected.Write());
        Assert.False(failed.Within);
        Assert.All(failed.Continuations.Where(row => row.Row == 0), row =>
            Assert.Equal((1, other, found, false), (row.Differs, row.Expected, row.Found, row.Within)));

        // Step 1 of row 0: as if the reference had seen the two as equal.
        var logits = expected.Tensors["generate_logits"].Values.AsSpan(ExpectedValues.Rows * vocabulary, vocabulary);
        logits[other] = logits[found] * 1.0001f;
        Assert.All(Run(expected.Write()).Continuations, row => Assert.True(row.Within));

        expected.Tensors.Remove("generate_logits");
        Assert.False(Run(expected.Write()).Within);
    }

    [Fact]
    public void Behind_an_end_of_text_ids_are_not_compared()
    {
        using var expected = new ExpectedValues(_model);
        var ids = expected.Tensors["greedy_ids"].Values;
        var end = (int)ids[1];
        ids[2] = 0;
        expected.Tensors.Remove("generate_logits");
        Assert.False(Run(expected.Write()).Within);
        var result = Run(expected.Write(), new ModelComparisonOptions { EndOfText = [end] });
        Assert.True(result.Within);
        Assert.Equal(Array.IndexOf(ids, end) + 1, result.Continuations[0].Compared);
    }

    [Fact]
    public void A_number_missing_on_one_side_is_infinitely_far()
    {
        Assert.Equal(double.PositiveInfinity, Difference.Of([float.NaN, 1], [2, 1], 2).Value);
        Assert.Equal(double.PositiveInfinity, Difference.Of([2, 1], [float.NaN, 1], 2).Value);
        Assert.Equal(0, Difference.Of([float.NaN, float.NaN], [float.NaN, float.NaN], 2).Value);
        Assert.Equal(new Difference(0.5, 1), Difference.Of([0, 0, 2, 2], [0, 0, 1, 2], 2));
    }

    // The longest prompt and the steps after it, but for the last one's token, come to 7 tokens.
    [Theory]
    [InlineData(7, true)]
    [InlineData(6, false)]
    public void A_pass_without_cache_is_compared_where_the_rotary_embedding_does_not_yet_go_by_the_length(int above, bool compared)
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(DemoRun.ModelFolder, "model.safetensors"), folder["model.safetensors"]);
        var config = JsonNode.Parse(File.ReadAllBytes(Path.Combine(DemoRun.ModelFolder, "config.json")))!.AsObject();
        config["rope_scaling"] = new JsonObject { ["rope_type"] = "dynamic", ["factor"] = 2 };
        config["max_position_embeddings"] = above;
        File.WriteAllText(folder["config.json"], config.ToJsonString());
        using var model = ModelCatalog.Load(folder.FullPath, new ModelLoadOptions());
        using var expected = new ExpectedValues(model);
        var result = ModelComparison.Run(model, expected.Write(), new ModelComparisonOptions(), TestContext.Current.CancellationToken);
        Assert.Equal(compared, result.Continuations.Any(row => !row.Cached));
        Assert.Equal(!compared, result.Skipped.Any(part => part.Tensor == "greedy_ids without cache"));
        Assert.True(result.Within || !compared);
    }

    [Theory]
    [InlineData("attention_mask", "is not one run of ones")]
    [InlineData("input_ids", "the model's vocabulary")]
    [InlineData("greedy_ids", "the model's vocabulary")]
    [InlineData("hidden_states", "should be [")]
    [InlineData("position_ids", "do not count from 0")]
    [InlineData("none", "none of the tensors that are compared")]
    public void A_file_that_does_not_fit_is_refused_with_the_reason(string broken, string reason)
    {
        using var expected = new ExpectedValues(_model);
        switch (broken)
        {
            case "attention_mask":
                expected.Tensors[broken].Values[2] = 0;
                break;
            case "input_ids" or "greedy_ids":
                expected.Tensors[broken].Values[1] = 1_000_000;
                break;
            case "hidden_states":
                expected.Tensors[broken] = ([2, 3], new float[6]);
                break;
            case "position_ids":
                expected.Tensors[broken] = ([2, 5], [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
                break;
            default:
                foreach (var name in expected.Tensors.Keys.Except(["input_ids", "attention_mask"]).ToArray())
                {
                    expected.Tensors.Remove(name);
                }

                break;
        }

        var path = expected.Write();
        var before = LeakCheck.Baseline();
        var error = Assert.Throws<InputException>(() => Run(path));
        Assert.Equal("expected-values", error.Code);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public void A_missing_file_and_a_tolerance_that_is_none_are_refused_before_a_model_is_loaded()
    {
        Assert.Equal(
            "expected-values",
            Assert.Throws<InputException>(() => ModelComparison.Check(_model.Sizes, "/nowhere/expected.safetensors", new ModelComparisonOptions())).Code);
        Assert.Equal(
            "comparison-options",
            Assert.Throws<InputException>(() => ModelComparison.Check(_model.Sizes, "/nowhere", new ModelComparisonOptions { Tolerance = double.NaN })).Code);
    }

    [Fact]
    public void Allowed_is_what_the_precision_can_keep()
    {
        Assert.Equal(1e-4, new ModelComparisonOptions().Allowed);
        Assert.Equal(0.1, new ModelComparisonOptions { Precision = WeightPrecision.BFloat16 }.Allowed);
        Assert.Equal(1e-4, new ModelComparisonOptions { Precision = WeightPrecision.FourBit }.Allowed);
        Assert.Equal(1e-3, new ModelComparisonOptions { Precision = WeightPrecision.Half, Tolerance = 1e-3 }.Allowed);
    }

    private ModelComparisonResult Run(string path, ModelComparisonOptions? options = null) =>
        ModelComparison.Run(_model, path, options ?? new ModelComparisonOptions(), TestContext.Current.CancellationToken);
}
