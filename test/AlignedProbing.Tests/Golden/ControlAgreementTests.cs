using System.Globalization;
using AlignedProbing.Probing.Probes;

namespace AlignedProbing.Tests.Golden;

public class ControlAgreementTests
{
    // The reference's permutations are another generator's, so the two agree as two samples of five permutations do: within the noise of the seeds' means.
    [Fact]
    public void The_control_task_agrees_with_PyTorch_within_the_noise_of_its_seeds()
    {
        var table = new ReferenceTable("goldens", "probing", "control_runs.csv");
        var output = TestContext.Current.TestOutputHelper!;
        var cells = RtpCells.Run(new LinearProbe(new LinearProbeOptions()), RtpGolden.Layers, ["toxicity"], randomized: true);
        Assert.Equal(16, cells.Count);
        foreach (var (layer, scenario, _, cell) in cells)
        {
            var reference = Seeds(table.Rows
                .Where(row => (int)table.Number(row, "layer") == layer && table.Text(row, "scenario") == scenario)
                .Select(row => ((int)table.Number(row, "seed"), table.Number(row, "r"))));
            var ours = Seeds(cell.Runs.Select(run => (run.Seed, run.R!.Value)));
            var allowed = Math.Max(0.02, 4 * Math.Sqrt((Variance(reference) + Variance(ours)) / reference.Length));
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"layer {layer, 2} {scenario, -8} ours {ours.Average(), 7:F4} PyTorch {reference.Average(), 7:F4} allowed {allowed:F4}"));
            Assert.Equal(reference.Length, ours.Length);
            Assert.InRange(ours.Average() - reference.Average(), -allowed, allowed);
        }
    }

    private static double[] Seeds(IEnumerable<(int Seed, double R)> runs) => [.. runs.GroupBy(run => run.Seed).Select(group => group.Average(run => run.R))];

    private static double Variance(double[] values) => values.Sum(value => Math.Pow(value - values.Average(), 2)) / (values.Length - 1);
}
