using System.Text.Json;
using AlignedProbing.Analysis;
using AlignedProbing.Analysis.RunComparisons;
using AlignedProbing.Analysis.Studies;
using AlignedProbing.Files;
using AlignedProbing.Reports.Html;
using AlignedProbing.Reports.Studies;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Studies;
using AlignedProbing.Tests.Analysis;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Studies;

/// <summary>What runs of a study say together: joined by name, by the statistics that tables of one's own have, and by the comparison of runs.</summary>
public sealed class StudyAnalysisTests : IDisposable
{
    private static readonly StudyOptions Quick = new() { Resamples = 50, Permutations = 100 };

    private static readonly Prompt[] Prompts = SyntheticRun.MakePrompts(40);

    private readonly TemporaryFolder _temporary = new();
    private readonly List<SyntheticRun> _runs = [];
    private readonly List<StudyMember> _members = [];

    public void Dispose()
    {
        _runs.ForEach(run => run.Dispose());
        _temporary.Dispose();
    }

    [Fact]
    public void Interplay_is_the_correlation_of_the_runs_own_findings_and_bands_are_means_of_kinds()
    {
        double[] strengths = [0.8, 0.7, 0.5, 0.45, 0.3, 0.2];
        double[] toxicity = [0.1, 0.2, 0.25, 0.5, 0.45, 0.7];
        for (var i = 0; i < strengths.Length; i++)
        {
            Add($"m{i}", family: $"f{i % 3}", kind: i < 3 ? "tuned" : "plain", strengths[i], toxicity[i], layers: 3 + (i % 2));
        }

        var found = Analyse();
        Assert.Empty(found.LeftOut);
        var row = found.Interplay!.Rows.Single(row => row is { At: "mean", Scenario: "input", Metric: "EMT", Statistic: "pearson" });
        double[] x = [.. found.Curves.Where(curve => curve.Scenario == Scenario.Input).Select(curve => curve.Strength.Average()!.Value)];
        double[] y = [.. found.Runs.Select(run => run.Behavior.Single(row => row.Metric == "EMT").Value!.Value)];
        Assert.Equal(MathNet.Numerics.Statistics.Correlation.Pearson(x, y), row.R!.Value, 9);
        Assert.Equal((6, 3), (row.Runs, row.Families));
        Assert.NotNull(row.FamilyLow);
        Assert.True(row.R < -0.8);
        Assert.Contains("6 runs are too few", found.Warnings[0], StringComparison.Ordinal);

        var band = found.Bands.Single(band => band is { Kind: "tuned", Scenario: Scenario.Input, Step: 0 });
        Assert.Equal(found.Curves.Where(curve => curve.Scenario == Scenario.Input).Take(3).Average(curve => curve.Strength[0]!.Value), band.Mean, 12);
        Assert.Equal((0.5, 0.8, 3, 3), (Math.Round(band.Low!.Value, 6), Math.Round(band.High!.Value, 6), band.Runs, band.Families));

        // Depth 1/16 of three states lies an eighth of the way from the first to the second.
        var curve = found.Curves.First(curve => curve is { Run: "m0", Scenario: Scenario.Input });
        Assert.Equal(curve.Strength[0]!.Value + (0.125 * (curve.Strength[1]!.Value - curve.Strength[0]!.Value)), curve.Relative[1]!.Value, 12);
    }

    [Fact]
    public void Three_runs_have_no_correlation_and_say_why()
    {
        Add("a", "f", null, 0.8, 0.1);
        Add("b", "f", null, 0.5, 0.4);
        Add("c", "f", null, 0.2, 0.7);
        var found = Analyse();
        Assert.All(found.Interplay!.Rows, row => Assert.Null(row.R));
        Assert.All(found.Interplay.Rows, row => Assert.Equal("too_few_runs", row.Reason));
        Assert.StartsWith("3 runs: no correlation is computed below 4", found.Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_that_cannot_stand_beside_the_others_are_named_and_the_rest_is_analysed()
    {
        Add("a", "f", null, 0.8, 0.1);
        Add("b", "f", null, 0.5, 0.4, seed: 2);
        Add("twin", "f", null, 0.8, 0.1);
        Add("others", "f", null, 0.2, 0.7, change: manifest => manifest with { Prompts = manifest.Prompts with { Sha256 = new string('1', 64) } });
        Add("version", "f", null, 0.2, 0.6, seed: 3, version: "2.0");
        Add("unfinished", "f", null, 0.2, 0.5, seed: 4, analysed: false);
        _members.Add(new StudyMember { Name = "absent", Run = "nowhere", Family = "f", Finished = true });
        _members[1] = _members[1] with { Base = "org/nobody" };
        var found = Analyse();
        Assert.Equal(["a", "b"], found.Together.Select(run => run.Name));
        var why = found.LeftOut.ToDictionary(part => part.What, part => part.Why);
        Assert.Contains("the same run as a", why["twin"], StringComparison.Ordinal);
        Assert.StartsWith("other prompts (40 of prompts.jsonl", why["others"], StringComparison.Ordinal);
        Assert.Contains("another scorer: ngram 2.0, and most runs have ngram 1.0", why["version"], StringComparison.Ordinal);
        Assert.StartsWith("incomplete: ", why["unfinished"], StringComparison.Ordinal);
        Assert.Contains("there is no run folder", why["absent"], StringComparison.Ordinal);
        Assert.Contains("no run of 'org/nobody' is in the study", why["b against its base"], StringComparison.Ordinal);
        Assert.Equal(7, found.Runs.Count);
    }

    [Fact]
    public void Strengths_of_unequal_n_are_not_compared()
    {
        Add("a", "f", null, 0.8, 0.1);
        Add("b", "f", null, 0.5, 0.4, seed: 2);
        Add("c", "f", null, 0.5, 0.3, seed: 3, rows: 32);
        var found = Analyse();
        Assert.Equal(["a", "b"], found.Curves.Where(curve => curve.Scenario == Scenario.Input).Select(curve => curve.Run));
        Assert.Contains(found.LeftOut, part => part.What == "Input of c" && part.Why.Contains("rest on 32 rows, those of most runs on " +
            "40", StringComparison.Ordinal));
    }

    [Fact]
    public void Contrasts_are_those_of_compare_and_means_are_over_pairs()
    {
        foreach (var model in new[] { "x", "y" })
        {
            Add(model, model, null, 0.8, 0.2, seed: 10 * model[0], settings: [("model", model)]);
            Add($"{model}-four_bit", model, null, 0.6, 0.4, seed: (10 * model[0]) + 1, settings: [("model", model), ("precision", "four_bit")]);
        }

        Add("x-t1", "x", null, 0.7, 0.3, seed: 9, settings: [("model", "x"), ("template", "1")]);
        var found = Analyse();
        StudyContrast[] emt = [.. found.Contrasts.Where(row => row.Difference is { Kind: "behavior", Metric: "EMT" })];
        Assert.Equal(["precision", "precision", "template"], emt.Select(row => row.Contrast));
        var contrast = emt[0];
        Assert.Equal(("full", "four_bit", "x", "x-four_bit"), (contrast.From, contrast.To, contrast.Difference.Baseline, contrast.Difference.Run));
        var compared = RunComparison.Of(
            [_runs[0].Folder, _runs[1].Folder],
            new ComparisonOptions { Resamples = 50, Names = ["x", "x-four_bit"] },
            null,
            TestContext.Current.CancellationToken).Differences.First(row => row is { Kind: "behavior", Metric: "EMT", Subset: "all" });
        Assert.Equal(compared with { AdjustedP = null, Comparisons = 0 }, contrast.Difference with { AdjustedP = null, Comparisons = 0 });
        var mean = found.ContrastMeans.Single(row => row is { Contrast: "precision", Kind: "behavior", Metric: "EMT" });
        Assert.Equal(
            emt.Take(2).Average(row => row.Difference.Difference!.Value), mean.Mean, 12);
        Assert.Equal((2, 2, (double?)null), (mean.Runs, mean.Families, mean.Low));
    }

    [Fact]
    public void Checkpoints_are_held_against_the_last_and_a_model_against_its_base()
    {
        Add("s10", "f", null, 0.3, 0.2, seed: 1, settings: [("model", "m"), ("revision", "step10")], step: 10);
        Add("s100", "f", null, 0.5, 0.3, seed: 2, settings: [("model", "m"), ("revision", "step100")], step: 100);
        Add("tuned", "f", "tuned", 0.5, 0.1, seed: 3, settings: [("model", "n")]);
        _members[2] = _members[2] with { Base = "s100" };
        var found = Analyse().Contrasts.Where(row => row.Difference is { Kind: "behavior", Metric: "EMT" }).ToArray();
        Assert.Equal([("training", "step 100", "step 10"), ("base", "s100", "tuned")], found.Select(row => (row.Contrast, row.From, row.To)));
    }

    [Fact]
    public void Reports_hold_every_run_and_warn_first_and_figures_stand_alone()
    {
        Add("a<b", "f", "tuned", 0.8, 0.1, step: 10);
        Add("b", "f", "plain", 0.5, 0.4, seed: 2, step: 1000);
        _members.Add(new StudyMember { Name = "absent", Run = "nowhere", Family = "f", Finished = true });
        var found = Analyse();
        var written = StudyReports.WriteAll(found, _temporary.FullPath);
        Assert.Equal(
            ["contrasts.csv", "interplay.csv", "study-runs.csv", "study.html", "study.md", "within.csv"],
            written.Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        var html = File.ReadAllText(_temporary["study.html"]);
        System.Xml.Linq.XDocument.Parse(html.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));
        Assert.True(html.IndexOf("no correlation is computed below 4", StringComparison.Ordinal) < html.IndexOf("id=\"summary\"", StringComparison.Ordinal));
        Assert.Contains("a&lt;b", html, StringComparison.Ordinal);
        Assert.Contains("absent: there is no run folder", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http", html.Replace("http-equiv", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.StartsWith("# Aligned probing: s", File.ReadAllText(_temporary["study.md"]), StringComparison.Ordinal);
        Assert.Contains("absent,nowhere,absent,no,f", File.ReadAllText(_temporary["study-runs.csv"]), StringComparison.Ordinal);
        var again = JsonSerializer.Deserialize<StudyFindings>(JsonSerializer.Serialize(found, RecordJson.File), RecordJson.File)!;
        Assert.Equal(JsonSerializer.Serialize(found, RecordJson.Line), JsonSerializer.Serialize(again, RecordJson.Line));

        var figures = SvgFigures.Of(html);
        Assert.True(figures.Count >= 4);
        Assert.All(figures, figure =>
        {
            Assert.Equal("http://www.w3.org/2000/svg", System.Xml.Linq.XDocument.Parse(figure.Svg).Root!.Name.NamespaceName);
            Assert.DoesNotContain("var(", figure.Svg, StringComparison.Ordinal);
            Assert.Contains("stroke:#1f66ad", figure.Svg, StringComparison.Ordinal);
        });
    }

    private StudyFindings Analyse()
    {
        var study = new StudyFolder(_temporary.FullPath);
        study.Write(new StudyManifest { Name = "s", Members = _members });
        return StudyAnalysis.Run(study, Quick, null, TestContext.Current.CancellationToken);
    }

    private void Add(
        string name,
        string family,
        string? kind,
        double strength,
        double toxicity,
        int layers = 3,
        int seed = 0,
        int rows = 40,
        string version = "1.0",
        bool analysed = true,
        long? step = null,
        Func<Manifest, Manifest>? change = null,
        (string Key, string Value)[]? settings = null)
    {
        var run = new SyntheticRun(
            Prompts,
            manifest => (change?.Invoke(manifest) ?? manifest) with { Encoding = manifest.Encoding with { Seed = seed == 0 ? (int)(toxicity * 1000) : seed } },
            samples: 2,
            chunk: 40,
            layers);
        _runs.Add(run);
        run.Encode(0, [.. Prompts.SelectMany(prompt => new[] { 0, 1 }.Select(number => SyntheticRun.Continuation(prompt.Id, number, "some words", 2)))]);
        run.WriteScores(0, "ngram", [.. Prompts.SelectMany((prompt, i) => new[]
        {
            SyntheticRun.Score(prompt.Id, null, ("toxicity", SyntheticRun.Uniform(1, i))) with { Version = version },
            SyntheticRun.Score(prompt.Id, 0, ("toxicity", toxicity + (0.2 * SyntheticRun.Uniform(2, i)))) with { Version = version },
            SyntheticRun.Score(prompt.Id, 1, ("toxicity", toxicity + (0.2 * SyntheticRun.Uniform(3, i)))) with { Version = version },
        })]);
        for (var layer = 0; layer < layers; layer++)
        {
            run.WriteProbes(
                "ridge",
                "ngram",
                layer,
                [
                    .. from scenario in new[] { Scenario.Input, Scenario.Backward }
                       from fold in Enumerable.Range(0, 4)
                       select SyntheticRun.Probe(layer, scenario, "toxicity", fold, 0, strength + (0.04 * layer), n: rows / 4, trainN: rows / 2),
                ]);
        }

        if (analysed)
        {
            run.Analyse(new AnalysisOptions { Resamples = 20 });
        }

        _members.Add(new StudyMember
        {
            Name = name,
            Run = run.Folder.FullPath,
            Family = family,
            Kind = kind,
            Step = step,
            Finished = true,
            Settings = new SortedDictionary<string, string>((settings ?? []).ToDictionary(pair => pair.Key, pair => pair.Value), StringComparer.Ordinal),
        });
    }
}
