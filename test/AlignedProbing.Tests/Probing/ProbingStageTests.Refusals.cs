using AlignedProbing.Probing;
using AlignedProbing.Runs;

namespace AlignedProbing.Tests.Probing;

/// <summary>What is refused, and what a broken file costs.</summary>
public sealed partial class ProbingStageTests
{
    [Fact]
    public void A_run_that_is_not_complete_is_refused_with_what_is_missing()
    {
        var run = ProbingRun.Make(_temporary["run"]);
        File.Delete(run.ScoresPath("tests", 2));
        var error = Assert.Throws<InputException>(() => ProbingStage.Run(run, Options, null, TestContext.Current.CancellationToken));
        Assert.Equal("run-incomplete", error.Code);
        Assert.Contains("1 of 4 chunks are not scored by 'tests' (the first: 2)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prompt_id_that_is_there_twice_is_refused_by_its_name()
    {
        var run = ProbingRun.Make(_temporary["run"]);
        var lines = File.ReadAllLines(run.PromptsPath);
        File.WriteAllLines(run.PromptsPath, [.. lines, lines[3]]);
        File.Delete(Path.Combine(run.FullPath, "prompts.unit.json"));
        var error = Assert.Throws<InputException>(() => ProbingStage.Run(run, Options, null, TestContext.Current.CancellationToken));
        Assert.Equal("run-folder-broken", error.Code);
        Assert.Contains($"names the prompt '{run.ReadPrompts()[3].Id}' twice", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_array_fails_with_its_name_and_says_so_for_each_layer()
    {
        var run = ProbingRun.Make(_temporary["run"]);
        File.WriteAllText(run.VectorsPath(1, "input", "mean"), "not an array");
        var result = ProbingStage.Run(run, Options with { Scenarios = [Scenario.Input] }, null, TestContext.Current.CancellationToken);
        Assert.Equal(0, result.Done);
        Assert.Equal(
            ["probes/ridge/tests/layer-00", "probes/ridge/tests/layer-01", "probes/ridge/tests/layer-02"],
            result.Failed.Select(failure => failure.Unit));
        Assert.All(result.Failed, failure => Assert.Contains("input.mean.npy", failure.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_wrong_option_is_named_at_once()
    {
        var run = ProbingRun.Make(_temporary["run"]);
        var wrong = Options with { Probe = "quadratic", Layers = [0, 99], Pooling = "median", Seeds = [], Threads = 0, Continuations = [1] };
        var error = Assert.Throws<InputException>(() => ProbingStage.Run(run, wrong, null, TestContext.Current.CancellationToken));
        Assert.Equal("wrong-usage", error.Code);
        Assert.All(new[] { "quadratic", "layer 99", "median", "seeds", "threads", "continuation 1" }, word =>
            Assert.Contains(word, error.Message, StringComparison.Ordinal));
        Assert.Equal(
            "unknown-attribute",
            Assert
                .Throws<InputException>(() => ProbingStage.Run(run, Options with { Attributes = ["toxicty"] }, null, TestContext.Current.CancellationToken))
                .Code);
    }
}
