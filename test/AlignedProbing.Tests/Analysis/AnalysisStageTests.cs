using AlignedProbing.Files;
using System.Text.Json;
using AlignedProbing.Analysis;
using AlignedProbing.Runs;

namespace AlignedProbing.Tests.Analysis;

public class AnalysisStageTests
{
    private static readonly AnalysisOptions Quick = new() { Resamples = 50 };

    private static SyntheticRun Whole(bool demo = false, int? rotaryByLengthAbove = null)
    {
        var run = new SyntheticRun(
            SyntheticRun.MakePrompts(5),
            manifest => manifest with { Demo = demo, Model = manifest.Model with { RotaryByLengthAbove = rotaryByLengthAbove } },
            chunk: 2,
            layers: 2);
        for (var chunk = 0; chunk < 3; chunk++)
        {
            string[] ids = [.. run.Prompts.Skip(chunk * 2).Take(2).Select(prompt => prompt.Id)];
            run.Encode(
                chunk,
                [.. ids.SelectMany(id => new[] { SyntheticRun.Continuation(id, 0, "some words", 20), SyntheticRun.Continuation(id, 1, "other words", 20) })],
                spanStart: 0);
            run.WriteScores(
                chunk,
                "ngram",
                [
                    .. ids.SelectMany(
                        (id, i) =>
                            Enumerable
                                .Range(-1, 3)
                                .Select(number =>
                                    SyntheticRun.Score(
                                        id,
                                        number < 0 ? null : number,
                                        ("threat", SyntheticRun.Uniform(chunk, (i * 5) + number + 1)),
                                        ("toxicity", id == "p3" && number == 1 ? null : SyntheticRun.Uniform(chunk + 7, (i * 5) + number + 1))))),
                ]);
        }

        for (var layer = 0; layer < 2; layer++)
        {
            run.WriteProbes(
                "linear",
                "ngram",
                layer,
                [
                    .. Enumerable
                        .Range(0, 8)
                        .Select(i =>
                            SyntheticRun.Probe(
                                layer,
                                Scenario.Output,
                                i < 4 ? "toxicity" : "length",
                                i % 4,
                                0,
                                i < 4 ? SyntheticRun.Uniform(3, i + (layer * 4)) : null)),
                ]);
        }

        return run;
    }

    [Fact]
    public void The_same_files_give_the_same_bytes()
    {
        using var run = Whole();
        run.Analyse(Quick);
        var once = File.ReadAllBytes(run.Folder.FindingsPath);
        run.Analyse(Quick);
        Assert.Equal(once, File.ReadAllBytes(run.Folder.FindingsPath));
        run.Analyse(Quick with { Seed = 1 });
        Assert.NotEqual(once, File.ReadAllBytes(run.Folder.FindingsPath));
    }

    [Fact]
    public void What_is_written_reads_back_as_what_is_returned()
    {
        using var run = Whole();
        var findings = run.Analyse(Quick);
        Assert.Equal(JsonSerializer.Serialize(findings, RecordJson.File), JsonSerializer.Serialize(run.Folder.ReadFindings(), RecordJson.File));
        Assert.DoesNotContain("NaN", File.ReadAllText(run.Folder.FindingsPath), StringComparison.Ordinal);
    }

    [Fact]
    public void Toxicity_comes_first_and_length_last()
    {
        using var run = Whole();
        var findings = run.Analyse(Quick);
        Assert.Equal(["toxicity", "threat", "length"], findings.Behavior.Select(row => row.Attribute).Distinct().Take(3));
        Assert.Equal(["toxicity", "length"], findings.Internals.Select(cell => cell.Attribute).Distinct());
    }

    [Fact]
    public void Every_estimator_that_is_named_is_explained()
    {
        using var run = Whole();
        var findings = run.Analyse(Quick);
        var named = findings
            .Behavior.Select(row => row.Estimator)
            .Concat(findings.Internals.Select(cell => cell.Estimator))
            .Where(name => name.Length > 0)
            .Distinct()
            .Order(StringComparer.Ordinal);
        Assert.Equal(named, findings.Estimators.Keys);
        // An interval has a name, and a name an interval.
        Assert.All(findings.Behavior, row => Assert.Equal(row.Low is null, row.Estimator.Length == 0));
        Assert.All(findings.Internals, cell => Assert.Equal(cell.Low is null, cell.Estimator.Length == 0));
    }

    [Fact]
    public void Warnings_say_what_applies()
    {
        using var run = Whole(demo: true);
        var warnings = run.Analyse(Quick).Warnings;
        Assert.StartsWith("No model was named, so the demo's continued these prompts", warnings[0], StringComparison.Ordinal);
        foreach (
            var start in new[]
            {
                "This run has 5 prompts",
                "The built-in scorer ngram",
                "EMT, TP and TC-max use prompts whose continuations are all scored: 1 of 5",
                "Few prompts are toxic for",
                "The first token the model reads",
                "5 of 5 continuations have exactly 20 tokens",
            })
        {
            Assert.Contains(warnings, warning => warning.StartsWith(start, StringComparison.Ordinal));
        }

        using var real = Whole();
        var others = real.Analyse(Quick).Warnings;
        Assert.DoesNotContain(others, warning => warning.Contains("demo", StringComparison.Ordinal));
        Assert.DoesNotContain(others, warning => warning.Contains("its own length", StringComparison.Ordinal));
        Assert.StartsWith(
            "The prompts are the demo's",
            Findings.DemoWarningOf(real.Folder.ReadManifest() with { Prompts = real.Folder.ReadManifest().Prompts with { Demo = true } }),
            StringComparison.Ordinal);
        using var byLength = Whole(rotaryByLengthAbove: 4096);
        Assert.Contains(byLength.Analyse(Quick).Warnings, warning =>
            warning.Contains("above 4,096 tokens", StringComparison.Ordinal) && warning.Contains("its own length", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_with_nothing_measured_is_refused()
    {
        using var run = new SyntheticRun(SyntheticRun.MakePrompts(2));
        Assert.Equal("nothing-to-analyse", Assert.Throws<InputException>(() => run.Analyse(Quick)).Code);
    }

    [Fact]
    public void Scores_of_a_prompt_that_the_run_does_not_have_are_refused()
    {
        using var run = new SyntheticRun(SyntheticRun.MakePrompts(2));
        run.WriteScores(0, "ngram", SyntheticRun.Score("stranger", 0, ("toxicity", 0.1)));
        Assert.Equal("run-folder-broken", Assert.Throws<InputException>(() => run.Analyse(Quick)).Code);
    }

    [Fact]
    public void A_text_scored_twice_is_refused()
    {
        using var run = new SyntheticRun(SyntheticRun.MakePrompts(2));
        run.WriteScores(0, "ngram", SyntheticRun.Score("p0", 0, ("toxicity", 0.1)), SyntheticRun.Score("p0", 0, ("toxicity", 0.2)));
        Assert.Equal("run-folder-broken", Assert.Throws<InputException>(() => run.Analyse(Quick)).Code);
    }

    [Fact]
    public void Options_out_of_range_are_named_together()
    {
        var error = Assert.Throws<InputException>(() => new AnalysisOptions { Resamples = 0, Examples = 99 }.Validate());
        Assert.Contains("resamples is 0", error.Message, StringComparison.Ordinal);
        Assert.Contains("examples is 99", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_analysis_writes_nothing()
    {
        using var run = Whole();
        Assert.Throws<OperationCanceledException>(() => AnalysisStage.Run(run.Folder, Quick, null, new CancellationToken(canceled: true)));
        Assert.False(File.Exists(run.Folder.FindingsPath));
    }
}
