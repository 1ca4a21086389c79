using System.Diagnostics;
using System.Globalization;
using AlignedProbing.Probing.Probes;
using AlignedProbing.Probing.Training;

namespace AlignedProbing.Tests.Golden;

public class RidgeAgreementTests
{
    [Fact]
    public void Ridge_agrees_with_the_reference_fold_by_fold()
    {
        var table = new ReferenceTable("goldens", "probing", "ridge.csv");
        var watch = Stopwatch.StartNew();
        var ours = RtpCells.Run(new RidgeProbe(), RtpGolden.Layers, RtpGolden.Attributes)
            .ToDictionary(cell => (cell.Layer, cell.Scenario, cell.Label), cell => cell.Cell);
        var seconds = watch.Elapsed.TotalSeconds;
        var (worstR, worstMse, penalties) = (0.0, 0.0, 0);
        foreach (var row in table.Rows)
        {
            var run = ours[((int)table.Number(row, "layer"), table.Text(row, "scenario"), table.Text(row, "label"))].Runs[(int)table.Number(row, "fold")];
            worstR = Math.Max(worstR, Math.Abs(table.Number(row, "r") - run.R!.Value));
            worstMse = Math.Max(worstMse, Math.Abs(table.Number(row, "mse") - run.Mse!.Value));
            penalties += table.Number(row, "penalty") == run.Penalty ? 0 : 1;
        }

        TestContext.Current.TestOutputHelper!.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{table.Rows.Count} fits in {seconds:F1} s: largest difference of r {worstR:E1}, of MSE {worstMse:E1}, other penalties {penalties}"));
        Assert.Equal(ours.Count * Fold.Count, table.Rows.Count);
        Assert.InRange(worstR, 0, 0.0001);
        Assert.InRange(worstMse, 0, 0.0001);
        Assert.Equal(0, penalties);
    }
}
