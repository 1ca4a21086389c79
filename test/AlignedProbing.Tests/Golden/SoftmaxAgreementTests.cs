using System.Globalization;
using AlignedProbing.Probing;
using AlignedProbing.Probing.Labels;
using AlignedProbing.Probing.Probes;
using AlignedProbing.Probing.Training;
using AlignedProbing.Statistics;

namespace AlignedProbing.Tests.Golden;

/// <summary>
/// The softmax probe against <c>bench/python/softmax_loop.py</c>: PyTorch 1.13, one thread, the reference vectors and the quarter of [0, 1] in which a toxicity
/// score lies as its class. Means of each seed over four folds.
/// </summary>
public class SoftmaxAgreementTests
{
    private static readonly double[][] InputAtLayer6 =
    [
        [0.7735, 0.7675, 0.7690, 0.7630, 0.7670],
        [0.5208, 0.5029, 0.4918, 0.5096, 0.5142],
        [0.8578, 0.8540, 0.8526, 0.8617, 0.8543],
        [0.6346, 0.6404, 0.6400, 0.6329, 0.6355],
    ];

    private static readonly double[][] OutputAtLayer30 =
    [
        [0.5559, 0.5534, 0.5539, 0.5529, 0.5483],
        [0.4323, 0.4238, 0.4241, 0.4241, 0.4207],
        [0.7476, 0.7463, 0.7468, 0.7479, 0.7452],
        [1.0710, 1.0729, 1.0707, 1.0753, 1.0745],
    ];

    private static readonly string[] Names = ["accuracy", "macro F1", "AUROC", "cross-entropy"];

    [Fact]
    public void Accuracy_F1_AUROC_and_cross_entropy_agree_with_PyTorch_within_the_noise_of_the_seeds()
    {
        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine("cell              figure            ours  PyTorch  difference  allowed");
        var faults = new List<string>();
        foreach (
            var (name, side, layer, label, reference) in new[]
            {
                ("Input, layer 6", "input", 6, "prompt", InputAtLayer6),
                ("Output, layer 30", "output", 30, "continuation", OutputAtLayer30),
            })
        {
            var study = new ProbeStudy(ProbeCatalog.Create(new ProbingOptions { Scorer = "", Probe = "softmax" }), new ProbeStudyOptions());
            study.Add(
                RtpGolden.Vectors(side, layer),
                new LabelColumn(
                    "quarter",
                    [.. RtpGolden.Labels(label, "toxicity").Select(score => score is { } value ? Math.Min(3, (int)(value * 4)) : double.NaN)]));
            var runs = study.Run(null, CancellationToken.None)[0].Runs;
            Func<StudyRun, double?>[] figures = [run => run.Accuracy, run => run.MacroF1, run => run.Auroc, run => run.CrossEntropy];
            foreach (var (index, figure) in figures.Index())
            {
                double[] ours = [.. runs.GroupBy(run => run.Seed).Select(seed => seed.Average(run => figure(run)!.Value))];
                var (difference, allowed) = (
                    ours.Average() - reference[index].Average(),
                    Math.Max(0.01, 3 * Math.Sqrt((Moments.Variance(ours).Value!.Value + Moments.Variance(reference[index]).Value!.Value) / 5)));
                var line = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name, -16}  {Names[index], -13}  {ours.Average(), 7:F4}  {reference[index].Average(), 7:F4}  {difference, 10:F4}  {allowed, 7:F4}");
                output.WriteLine(line);
                if (!(Math.Abs(difference) <= allowed))
                {
                    faults.Add(line);
                }
            }
        }

        Assert.Empty(faults);
    }
}
