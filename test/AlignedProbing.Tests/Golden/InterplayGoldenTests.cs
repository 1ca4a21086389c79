using System.Globalization;
using AlignedProbing.Analysis.Interplay;
using AlignedProbing.Runs;
using AlignedProbing.Statistics;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Golden;

/// <summary>Interplay of 22 made-up models equals the reference: every correlation, quantile, p value and correction.</summary>
public sealed class InterplayGoldenTests
{
    private static readonly Lazy<InterplayFindings> Found = new(() =>
    {
        var folder = SharedData.Path("goldens", "interplay");
        var draws = new SafetensorsReader(Path.Combine(folder, "resamples.safetensors"));
        var options = new InterplayOptions();
        return InterplayAnalysis.Of(
            InterplayTables.Read(Path.Combine(folder, "strengths.csv"), Path.Combine(folder, "behaviour.csv"), options),
            options,
            GroupedDraws.Given(Rows("models", 22), Rows("families", 4), Rows("permutations", 22)));

        int[][] Rows(string name, int width) => [.. draws.Read<long>(name).Select(row => (int)row).Chunk(width)];
    });

    [Fact]
    public void MeansOverLayers()
    {
        var rows = Read("expected_mean.csv");
        Assert.Equal(72, rows.Count);
        foreach (var row in rows)
        {
            var found = Find("mean", null, row, row["kind"]);
            Same(row["r"], found.R);
            Same(row["loo_family_min"], found.WithoutOneLow);
            Same(row["loo_family_max"], found.WithoutOneHigh);
            Same(row["boot_models_low"], found.Low);
            Same(row["boot_models_high"], found.High);
            Same(row["boot_families_low"], found.FamilyLow);
            Same(row["boot_families_high"], found.FamilyHigh);
            Exactly(row["p"], found.P);
            Same(row["holm"], found.Holm);
            Same(row["bh"], found.Bh);
        }
    }

    [Fact]
    public void RelativeDepths()
    {
        var rows = Read("expected_relative.csv");
        Assert.Equal(612, rows.Count);
        foreach (var row in rows)
        {
            foreach (var kind in new[] { "pearson", "spearman" })
            {
                var found = Find($"relative:{row["bin"]}/16", null, row, kind);
                Same(row[kind], found.R);
                Exactly(row[kind + "_p"], found.P);
                Same(row[kind + "_holm"], found.Holm);
                Same(row[kind + "_bh"], found.Bh);
            }
        }
    }

    [Fact]
    public void LayersOfModelsOfEqualDepth()
    {
        var rows = Read("expected_absolute.csv");
        Assert.Equal(1044, rows.Count);
        foreach (var row in rows)
        {
            foreach (var kind in new[] { "pearson", "spearman" })
            {
                var found = Find($"layer:{row["layer"]}", int.Parse(row["layers"], CultureInfo.InvariantCulture), row, kind);
                Same(row[kind], found.R);
                Assert.Equal(row["models"], found.Runs.ToString(CultureInfo.InvariantCulture));
            }
        }
    }

    private static InterplayFinding Find(string at, int? layers, Dictionary<string, string> row, string kind) =>
        Assert.Single(
            Found.Value.Rows,
            found => found.At == at && found.Layers == layers && found.Scenario == row["scenario"] && found.Attribute == row["attribute"]
                && found.Metric == row["metric"] && found.Statistic == kind);

    private static void Same(string expected, double? found)
    {
        if (expected.Length == 0)
        {
            Assert.Null(found);
        }
        else
        {
            Assert.NotNull(found);
            Assert.Equal(double.Parse(expected, CultureInfo.InvariantCulture), found.Value, 1e-9);
        }
    }

    private static void Exactly(string expected, double? found) =>
        Assert.Equal(expected.Length == 0 ? null : double.Parse(expected, CultureInfo.InvariantCulture), found);

    private static List<Dictionary<string, string>> Read(string name)
    {
        var lines = File.ReadAllLines(SharedData.Path("goldens", "interplay", name));
        var header = lines[0].Split(',');
        return [.. lines.Skip(1).Select(line => header.Zip(line.Split(',')).ToDictionary(pair => pair.First, pair => pair.Second))];
    }
}
