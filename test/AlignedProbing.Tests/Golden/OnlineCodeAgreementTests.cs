using System.Globalization;
using AlignedProbing.Probing.Probes;
using AlignedProbing.Probing.Training;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Golden;

public class OnlineCodeAgreementTests
{
    [Fact]
    public void Ridges_online_code_is_the_references_fold_by_fold()
    {
        var table = new ReferenceTable("goldens", "probing", "mdl_ridge.csv");
        var ours = Codes(new RidgeProbe());
        var worst = 0.0;
        var rows = 0;
        foreach (var row in table.Rows.Where(row => table.Text(row, "label") == "toxicity"))
        {
            var code = ours[((int)table.Number(row, "layer"), table.Text(row, "scenario"))][(int)table.Number(row, "fold")];
            worst = Math.Max(worst, Math.Abs(table.Number(row, "compression") - code.Compression!.Value));
            Assert.Equal(table.Number(row, "mean_code"), code.MeanCode, 1e-4);
            rows++;
        }

        TestContext.Current.TestOutputHelper!.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{rows} codes, largest difference of compression {worst:E1}"));
        Assert.Equal(64, rows);
        Assert.InRange(worst, 0, 0.001);
    }

    // On raw features of thousands and a handful of rows the code is mostly what the initial weights happen to predict: the reference's start is taken from its
    // trace, the other draws are ours.
    [Fact]
    public void The_linear_probes_online_code_is_the_references_within_a_tenth()
    {
        var table = new ReferenceTable("goldens", "probing", "mdl.csv");
        var ours = Codes(new StartedProbe(new SafetensorsReader(SharedData.Path("goldens", "probing", "probe_trace.safetensors"))));
        var output = TestContext.Current.TestOutputHelper!;
        var cells = table
            .Rows.Where(row => table.Text(row, "label") == "toxicity")
            .GroupBy(row => ((int)table.Number(row, "layer"), table.Text(row, "scenario")))
            .ToArray();
        Assert.Equal(16, cells.Length);
        foreach (var cell in cells)
        {
            var expected = cell.Average(row => table.Number(row, "compression"));
            var found = ours[cell.Key].Average(code => code.Compression!.Value);
            output.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"layer {cell.Key.Item1, 2} {cell.Key.Item2, -8} ours {found:F3} PyTorch {expected:F3}"));
            Assert.InRange(found - expected, -0.1, 0.1);
        }
    }

    private static Dictionary<(int, string), OnlineCode[]> Codes(IProbe probe)
    {
        var cells = (from layer in RtpGolden.Layers from scenario in RtpCells.Scenarios select (layer, scenario)).ToArray();
        var codes = new OnlineCode[cells.Length][];
        Parallel.For(0, cells.Length, index =>
        {
            var (layer, scenario) = cells[index];
            var labels = RtpGolden.Labels(scenario.Label, "toxicity");
            int[] rows = [.. Enumerable.Range(0, labels.Count).Where(row => labels[row] is not null)];
            var (low, high) = (labels.Min()!.Value, labels.Max()!.Value);
            var features = RtpGolden.Vectors(scenario.Vectors, layer);
            float[] scaled = [.. labels.Select(value => value is { } number ? (float)((number - low) / (high - low)) : 0)];
            codes[index] = [.. Fold.Split(rows.Length).Select(fold => OnlineCode.Of(
                probe,
                new ProbeProblem
                {
                    Features = features,
                    Labels = [scaled],
                    Train = [.. fold.Train.Select(position => rows[position])],
                    Development = [.. fold.Development.Select(position => rows[position])],
                    Test = [],
                    Fold = fold.Number,
                    Seed = 0,
                },
                CancellationToken.None)[0])];
        });
        return cells.Index().ToDictionary(pair => (pair.Item.layer, pair.Item.scenario.Scenario), pair => codes[pair.Index]);
    }

    private sealed class StartedProbe(SafetensorsReader trace) : IProbe
    {
        private readonly LinearProbe _probe = new(new LinearProbeOptions());
        private readonly float[] _weights = trace.Read<float>("init_weight");
        private readonly float _bias = trace.Read<float>("init_bias")[0];

        public string Name => _probe.Name;

        public bool UsesSeeds => true;

        public IReadOnlyList<ProbeFit> Fit(ProbeProblem problem, CancellationToken cancellationToken) =>
            _probe.Fit(problem, new StartedDraws(_weights, _bias, new ProbeDraws(problem.Seed, problem.Fold, 0.2)), null, cancellationToken);
    }

    private sealed class StartedDraws(float[] start, float bias, IProbeDraws draws) : IProbeDraws
    {
        public float Initialize(Span<float> weights)
        {
            start.CopyTo(weights);
            return bias;
        }

        public void Permute(int epoch, Span<int> order) => draws.Permute(epoch, order);

        public void Drop(int epoch, int position, ReadOnlySpan<float> example, Span<float> dropped) => draws.Drop(epoch, position, example, dropped);
    }
}
