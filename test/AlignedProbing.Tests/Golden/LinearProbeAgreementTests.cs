using System.Diagnostics;
using System.Globalization;
using AlignedProbing.Probing.Probes;

namespace AlignedProbing.Tests.Golden;

public class LinearProbeAgreementTests
{
    [Fact]
    public void Mean_r_of_every_cell_agrees_with_PyTorch_within_the_noise_of_the_seeds()
    {
        var table = new ReferenceTable("goldens", "probing", "reference_probes.csv");
        var reference = table.Rows
            .GroupBy(row => (Layer: (int)table.Number(row, "layer"), Scenario: table.Text(row, "scenario"), Label: table.Text(row, "label")))
            .ToDictionary(group => group.Key, group => new CellMean(group.Select(row => ((int)table.Number(row, "seed"), table.Number(row, "r")))));
        var watch = Stopwatch.StartNew();
        var ours = RtpCells.Run(new LinearProbe(new LinearProbeOptions()), RtpGolden.Layers, RtpGolden.Attributes);
        watch.Stop();

        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ours.Sum(cell => cell.Cell.Runs.Length)} probes in {watch.Elapsed.TotalSeconds:F1} s"));
        output.WriteLine("layer scenario label              ours   PyTorch  difference  allowed");
        var faults = new List<string>();
        foreach (var (layer, scenario, label, cell) in ours)
        {
            var mean = new CellMean(cell.Runs.Select(run => (run.Seed, run.R!.Value)));
            var expected = reference[(layer, scenario, label)];
            var allowed = Math.Max(0.01, 3 * Math.Sqrt((mean.Error * mean.Error) + (expected.Error * expected.Error)));
            var difference = mean.Mean - expected.Mean;
            var line = string.Create(
                CultureInfo.InvariantCulture,
                $"{layer, 5} {scenario, -8} {label, -17} {mean.Mean, 6:F4}  {expected.Mean, 6:F4}  {difference, 8:F4}    {allowed:F4}");
            output.WriteLine(line);
            if (!(Math.Abs(difference) <= allowed))
            {
                faults.Add(line);
            }
        }

        Assert.Equal(reference.Count, ours.Count);
        Assert.Empty(faults);
    }

    /// <summary>The mean over runs, and its standard error from the spread of the seeds' means.</summary>
    private sealed class CellMean
    {
        public CellMean(IEnumerable<(int Seed, double R)> runs)
        {
            var seeds = runs.GroupBy(run => run.Seed).Select(group => group.Average(run => run.R)).ToArray();
            Mean = seeds.Average();
            Error = Math.Sqrt(seeds.Sum(value => (value - Mean) * (value - Mean)) / (seeds.Length - 1) / seeds.Length);
        }

        public double Mean { get; }

        public double Error { get; }
    }
}
