#:project ../src/AlignedProbing/AlignedProbing.csproj
#:property PublishAot=false

// How strongly do vectors that you already have encode a label? Here: 400 random vectors of width 64, and a label that is their first number with noise.
// Run it with: dotnet run samples/probe-your-own-vectors.cs
using AlignedProbing.Numerics;
using AlignedProbing.Probing;
using AlignedProbing.Probing.Labels;
using AlignedProbing.Probing.Probes;
using AlignedProbing.Probing.Training;

const int Rows = 400, Width = 64;
var vectors = new FeatureMatrix(Rows, Width);
var labels = new double[Rows];
for (var row = 0; row < Rows; row++)
{
    for (var column = 0; column < Width; column++)
    {
        var (a, b, _, _) = Philox.Block(key: 42, (ulong)row, (ulong)column);
        vectors.Row(row)[column] = (float)Philox.ToDouble(a, b);
    }

    var (noise, more, _, _) = Philox.Block(key: 43, (ulong)row);
    labels[row] = vectors.Row(row)[0] + (0.3 * Philox.ToDouble(noise, more));
}

foreach (var name in new[] { "linear", "ridge" })
{
    var study = new ProbeStudy(ProbeCatalog.Create(new ProbingOptions { Probe = name, Scorer = "mine" }), new ProbeStudyOptions { Standardise = true });
    study.Add(vectors, new LabelColumn("mine", labels));
    study.Add(vectors, new LabelColumn("mine", labels), randomized: true);
    var cells = study.Run(trained: null, CancellationToken.None);
    Console.WriteLine(
        $"{name}: r = {cells[0].Runs.Average(run => run.R):0.00} over {cells[0].Runs.Length} runs; with permuted labels " +
        $"{cells[1].Runs.Average(run => run.R):0.00}");
}
