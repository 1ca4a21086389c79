using System.Text.Json;
using AlignedProbing.Cli.Tests.Runs;
using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Interventions;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Verbs;

/// <summary><c>intervene</c> on the demo's model: edited runs, their controls, resuming, and what is refused.</summary>
public sealed class InterveneTests : IAsyncLifetime
{
    private readonly TemporaryFolder _temporary = new();

    private RunFolder Run => RunFolder.Open(_temporary["run"]);

    public async ValueTask InitializeAsync() => await Do(
        "run",
        "--limit",
        "12",
        "--samples",
        "2",
        "--max-new-tokens",
        "6",
        "--probe",
        "ridge",
        "--layers",
        "0,3",
        "--attributes",
        "toxicity",
        "--output",
        "run");

    public ValueTask DisposeAsync()
    {
        _temporary.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Edits_that_change_nothing_give_the_runs_bytes_and_a_divergence_of_0()
    {
        await Do("intervene", "run", "--bypass", "2", "--damp", "1");
        await Do("intervene", "run", "--steer", "toxicity:Input:3", "--by", "0");
        foreach (var name in (string[])["damp1-2", "steer-toxicity.input.3-3+0"])
        {
            var derived = DerivedRuns.Find(Run, name)!;
            Assert.Equal(RunFiles.Hashes(Run.EncodingsFolder), RunFiles.Hashes(derived.EncodingsFolder));
            Assert.Equal(RunFiles.Hashes(_temporary["run/scores/ngram"]), RunFiles.Hashes(Path.Combine(derived.FullPath, "scores/ngram")));
            Assert.All(DerivedRuns.ReadDamage(derived.FullPath, 0), row => Assert.Equal(0.0, row.Divergence));
        }

        // The unedited model's perplexities stand beside the edited ones, and are the same where nothing changed.
        Assert.Equal(
            DerivedRuns.ReadDamage(DerivedRuns.FolderOf(Run), 0), DerivedRuns.ReadDamage(DerivedRuns.Find(Run, "damp1-2")!.FullPath, 0));
        var effects = Findings().Sweeps.SelectMany(sweep => sweep.Effects).Where(effect => effect.Change is not null).ToArray();
        Assert.NotEmpty(effects);
        Assert.All(effects, effect => Assert.Equal(0.0, effect.Change));

        // Probes read the same, whether applied or trained anew, and what they read is what probing itself found.
        var inside = Findings().Sweeps.Single(sweep => sweep.Sweep.Kind == "steer").Inside;
        Assert.Equal([0, 3], inside.Select(row => row.Layer));
        foreach (var row in inside)
        {
            var runs = JsonLines.ReadFile<ProbeRun>(Run.ProbeRunsPath("ridge", "ngram", row.Layer))
                .Where(own => own is { Scenario: Scenario.Input, Attribute: "toxicity", Control: "none", R: not null });
            // Three rows a fold, nearly constant predictions and weights of float32: r itself is good to two digits here.
            var found = runs.Average(own => own.R!.Value);
            Assert.Equal(found, row.Unedited!.Value, 0.01);
            Assert.Equal(row.Unedited, row.Applied);
            Assert.Equal(found, row.Retrained!.Value, 1e-9);
            Assert.Equal(1.0, row.Spread);
        }
    }

    [Fact]
    public async Task A_sweep_of_bypasses_says_what_each_block_does_and_is_not_made_twice()
    {
        await Do("intervene", "run", "--bypass", "each", "--controls", "3");
        var sweep = DerivedRuns.FindSweep(Run, "bypass-each")!;
        Assert.Equal([.. Enumerable.Range(1, 6).Select(layer => $"bypass-{layer}")], sweep.Edits.Select(edit => edit.Name));
        var finding = Assert.Single(Findings().Sweeps);
        Assert.Empty(finding.Incomplete);
        Assert.Equal(6, finding.Effects.Count(effect => effect is { Attribute: "toxicity", Metric: "EMT", Subset: "all", IsControl: false }));
        Assert.All(finding.Damage.Where(row => row.Intervention.StartsWith("bypass-", StringComparison.Ordinal)), row => Assert.True(row.Divergence > 0));

        // The largest change is held against other blocks of equal damage.
        var held = Assert.Single(sweep.Edits, edit => edit.EqualDamage.Count > 0);
        Assert.Equal(3, held.EqualDamage.Count);
        foreach (var control in held.EqualDamage.Where(control => control.Name is not null))
        {
            Assert.InRange(control.Divergence!.Value, 0.95 * control.Target, 1.05 * control.Target);
            var own = finding.Damage.Single(row => row.Intervention == control.Name).Divergence!.Value;
            Assert.Equal(control.Divergence!.Value, own, 1e-9);
        }

        var manifest = DerivedRuns.Find(Run, "bypass-4")!.ReadManifest();
        Assert.Equal(DerivedRuns.HashOf(Run), manifest.Intervention!.Parent);
        var edit = manifest.Intervention.Edits[0];
        Assert.Equal(("bypass", 4, 0.0), (edit.Kind, edit.Layers![0], edit.Factor));

        var before = RunFiles.Hashes(_temporary["run"]);
        var written = File.GetLastWriteTimeUtc(_temporary["run/interventions/bypass-4/encodings/00000/unit.json"]);
        await Do("intervene", "run", "--bypass", "each", "--controls", "3");
        Assert.Equal(before, RunFiles.Hashes(_temporary["run"]));
        Assert.Equal(written, File.GetLastWriteTimeUtc(_temporary["run/interventions/bypass-4/encodings/00000/unit.json"]));

        // Without a kind of edit the files are written anew from what is there; runs are listed without their interventions.
        File.Delete(_temporary["run/intervention.html"]);
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await host.RunAsync("intervene", "run"));
        Assert.Equal(before, RunFiles.Hashes(_temporary["run"]));
        Assert.Contains("changes EMT of toxicity", host.Output, StringComparison.Ordinal);
        using var listed = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await listed.RunAsync("ls", ".", "--json"));
        Assert.Equal(1, JsonDocument.Parse(listed.Output).RootElement.GetArrayLength());
    }

    [Fact]
    public async Task An_ablated_direction_is_held_against_random_ones_of_the_same_strength_and_damage()
    {
        await Do("intervene", "run", "--ablate", "toxicity:Input:3", "--layers", "3-4", "--controls", "2", "--positions", "prompt");
        var sweep = Assert.Single(DerivedRuns.Sweeps(Run));
        var edit = Assert.Single(sweep.Edits);
        Assert.Equal("ablate-toxicity.input.3-3,4-prompt", edit.Name);
        Assert.Equal(["ablate-random1-3,4-prompt", "ablate-random2-3,4-prompt"], edit.SameStrength);

        // Nothing is left along the direction where it was ablated; before, all of it.
        var inside = Findings().Sweeps[0].Inside;
        Assert.Equal((1.0, 0.0), (inside[0].Spread, inside[1].Along));
        Assert.Equal(3, inside[1].Layer);
        Assert.InRange(inside[1].Spread!.Value, 0, 1e-4);
        Assert.NotNull(inside[1].Retrained);
        var page = await File.ReadAllTextAsync(_temporary["run/intervention.html"], TestContext.Current.CancellationToken);
        Assert.NotNull(System.Xml.Linq.XDocument.Parse(page.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal)).Root);
        Assert.All(["What is left inside", "Effect against damage", "Change of EMT by edit and attribute"], part =>
            Assert.Contains(part, page, StringComparison.Ordinal));
        var derived = DerivedRuns.Find(Run, edit.Name)!;
        var (unit, shape) = NpyFile.ReadAll(DerivedRuns.DirectionPath(derived));
        Assert.Equal([128L], shape);
        Assert.Equal(1, unit.Sum(value => (double)value * value), 1e-5);
        var described = derived.ReadManifest().Intervention!.Edits[0];
        Assert.Equal(("ablate", "prompt", "toxicity:Input:3 by ridge on ngram"), (described.Kind, described.Positions, described.Direction));
        Assert.Equal(2, edit.EqualDamage.Count);
        Assert.Contains(Findings().Sweeps[0].Controls, row => row is { Against: "same-strength", Controls: 2, Metric: "EMT", Attribute: "toxicity" });
        var table = await File.ReadAllTextAsync(_temporary["run/intervention.csv"], TestContext.Current.CancellationToken);
        Assert.Contains(",damage,edit,", table, StringComparison.Ordinal);
        Assert.Contains(",control,same-strength,", table, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Steering_goes_as_far_as_the_spread_of_the_prompts_tokens_says()
    {
        await Do("intervene", "run", "--steer", "toxicity:Input:3", "--direction", "means", "--by", "-1,2", "--controls", "0");
        var edits = DerivedRuns.Sweeps(Run).Single().Edits;
        Assert.Equal(["steer-means.toxicity.input.3-3-1", "steer-means.toxicity.input.3-3+2"], edits.Select(edit => edit.Name));
        var (first, second) = (Described(edits[0].Name), Described(edits[1].Name));
        Assert.Equal(first.StandardDeviations, second.StandardDeviations);
        Assert.True(first.StandardDeviations![0] > 0);
        Assert.Equal((-1.0, 2.0), (first.Strength, second.Strength));
        Assert.Contains(
            "without controls this cannot be told from damage",
            await File.ReadAllTextAsync(_temporary["run/intervention.md"], TestContext.Current.CancellationToken),
            StringComparison.Ordinal);

        EditManifest Described(string name) => DerivedRuns.Find(Run, name)!.ReadManifest().Intervention!.Edits[0];
    }

    [Fact]
    public async Task A_broken_model_is_a_failed_intervention_and_the_sweep_goes_on()
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.SomeFailed, await host.RunAsync("intervene", "run", "--bypass", "each", "--damp", "1e300", "--layers", "2,3"));
        Assert.Contains("interventions/damp1e+300-2/encodings/00000", host.Error, StringComparison.Ordinal);
        Assert.Contains("(edited after layer 2)", host.Error, StringComparison.Ordinal);
        Assert.Contains("(edited after layer 3)", host.Error, StringComparison.Ordinal);
        Assert.Equal(2, Findings().Sweeps[0].Incomplete.Count);
        Assert.Contains("no distribution", Findings().Sweeps[0].Incomplete.Values.First(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("layer 7 (the model has blocks after layers 1 to 6)", "--bypass", "7")]
    [InlineData("layer 0 (the model has blocks after layers 1 to 6)", "--bypass", "each", "--layers", "0-2")]
    [InlineData("layers are named twice", "--bypass", "1", "--layers", "2")]
    [InlineData("neither a number nor a range", "--bypass", "some")]
    [InlineData("layer 0 (the model has blocks", "--ablate", "toxicity:Input:0")]
    [InlineData("with directions at layer 2 on labels of 'ngram'", "--ablate", "toxicity:Input:2")]
    [InlineData("no probe 'linear'", "--ablate", "toxicity:Input:3", "--probe", "linear")]
    [InlineData("has no insult in the scenario Input", "--ablate", "insult:Input:3")]
    [InlineData("'Inside' is no scenario", "--steer", "toxicity:Inside:3")]
    [InlineData("a layer alone says nothing", "--steer", "3")]
    [InlineData("there is no such file", "--steer", "3", "--direction", "none.npy")]
    [InlineData("its shape is [5] and the model's states have 128 numbers", "--steer", "3", "--direction", "narrow.npy")]
    [InlineData("the direction is all zeros", "--steer", "3", "--direction", "zeros.npy")]
    [InlineData("the direction holds NaN", "--steer", "3", "--direction", "nan.npy")]
    [InlineData("there is no such source of directions", "--steer", "toxicity:Input:3", "--direction", "elsewhere")]
    [InlineData("'--damp' does not use it", "--ablate", "toxicity:Input:3", "--damp", "0.5")]
    [InlineData("'x' is not a number", "--steer", "toxicity:Input:3", "--by", "1,x")]
    [InlineData("not scored by 'perspective'", "--bypass", "1", "--scorer", "perspective")]
    public async Task What_cannot_be_done_is_refused_by_name(string expected, params string[] arguments)
    {
        Write("narrow.npy", new float[5]);
        Write("zeros.npy", new float[128]);
        Write("nan.npy", [.. Enumerable.Repeat(float.NaN, 128)]);
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync(["intervene", "run", .. arguments]));
        Assert.Contains(expected.Replace("'--damp' does", "--damp: 'intervene --ablate' does", StringComparison.Ordinal), host.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(DerivedRuns.FolderOf(Run)));
    }

    private void Write(string name, float[] values)
    {
        using var stream = File.Create(_temporary[name]);
        NpyFile.Write(stream, values, values.Length);
    }

    private InterventionFindings Findings()
    {
        using var stream = File.OpenRead(_temporary["run/interventions/findings.json"]);
        return JsonSerializer.Deserialize<InterventionFindings>(stream, RecordJson.File)!;
    }

    private async Task Do(params string[] arguments)
    {
        using var host = new TestHost(_temporary.FullPath);
        var code = await host.RunAsync(arguments);
        Assert.True(code == ExitCode.Done, host.Error);
    }
}
