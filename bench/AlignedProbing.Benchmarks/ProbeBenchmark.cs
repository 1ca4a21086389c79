using System.Diagnostics;
using AlignedProbing.Numerics;
using AlignedProbing.Probing.Probes;
using AlignedProbing.Probing.Training;

namespace AlignedProbing.Benchmarks;

/// <summary>
/// How long a probe takes: the linear probe (20 epochs; 1,197 training rows of 1,996) against the loop one would write with autograd, in the same process, on
/// one core; and how near it comes to what the core
/// can do. Times are processor times, so other programs on the machine disturb them little; ratios are what to read.
/// </summary>
internal static class ProbeBenchmark
{
    private const int Labels = 7;

    // What LinearProbe needs for an example and a probe and a number: a product and a sum forward, the same backward.
    private const int OperationsForwardAndBack = 4;

    // And for a weight and a step of Adam: three for the first moment, four for the second, root, three for the denominator and quotient, two for the weight.
    private const int OperationsOfAdam = 13;

    public static void Run(IReadOnlyList<string> arguments)
    {
        var peak = PeakBenchmark.GigaflopsOfOneCore();
        Console.WriteLine($"peak of one core, fused multiply-add in registers (8 lanes): {peak:F1} GFLOP/s");
        var plain = AutogradProbe.Milliseconds(Problem(1996, 576, 1, 0, 0));
        Console.WriteLine($"plain autograd loop (TorchSharp, one thread), 1,996 rows, width 576: {plain:F0} ms a probe");
        foreach (var (rows, width) in new[] { (1996, 576), (6000, 576), (1996, 4096) })
        {
            Measure(rows, width, peak, (rows, width) == (1996, 576) ? plain : null);
        }

        MeasureRidge(1996, 576);
    }

    /// <summary>What the training of a linear probe takes: operations of all its epochs.</summary>
    public static double Operations(int width, int train, int development, int epochs) =>
        epochs * (double)width * ((OperationsForwardAndBack * train) + (2 * development) + (OperationsOfAdam * ((train + 15) / 16)));

    /// <summary>Processor time of a linear probe, seven labels trained together, twenty epochs, the mean of four folds.</summary>
    public static double MillisecondsOfOneCore(int rows, int width)
    {
        var probe = new LinearProbe(new LinearProbeOptions { Patience = 20 });
        var problems = Enumerable.Range(0, 4).Select(fold => Problem(rows, width, Labels, fold, fold)).ToArray();
        // The first call is slower: code is compiled, memory is new.
        probe.Fit(problems[0], CancellationToken.None);
        return ProcessorMilliseconds(() =>
        {
            foreach (var problem in problems)
            {
                probe.Fit(problem, CancellationToken.None);
            }
        }) / (problems.Length * Labels);
    }

    private static void Measure(int rows, int width, double peak, double? plain)
    {
        var milliseconds = MillisecondsOfOneCore(rows, width);
        var fold = Fold.Split(rows)[0];
        var operations = Operations(width, fold.Train.Count, fold.Development.Count, 20);
        var gigaflops = operations / milliseconds / 1e6;
        Console.WriteLine(
            $"linear probe, {rows:N0} rows, width {width}, {Labels} labels together: {milliseconds:F2} ms a probe on one core, {gigaflops:F1} GFLOP/s = " +
            $"{gigaflops / peak:P0} of peak"
                + (plain is { } ms ? $"; plain / ours = {ms / milliseconds:F0}" : ""));
    }

    private static void MeasureRidge(int rows, int width)
    {
        var problem = Problem(rows, width, Labels, 0, 0);
        var probe = new RidgeProbe();
        probe.Fit(problem, CancellationToken.None);
        var milliseconds = ProcessorMilliseconds(() => probe.Fit(problem, CancellationToken.None));
        var train = problem.Train.Length;
        var operations = ((double)width * width * train) + (RidgeProbe.Penalties.Count * (double)width * width * width / 3);
        Console.WriteLine(
            $"ridge, {rows:N0} rows, width {width}, one fold, {RidgeProbe.Penalties.Count} penalties, {Labels} labels: {milliseconds:F0} ms on one core, " +
            $"{operations / milliseconds / 1e6:F1} GFLOP/s in float64");
    }

    internal static double ProcessorMilliseconds(Action action)
    {
        using var process = Process.GetCurrentProcess();
        process.Refresh();
        var before = process.TotalProcessorTime;
        action();
        process.Refresh();
        return (process.TotalProcessorTime - before).TotalMilliseconds;
    }

    private static ProbeProblem Problem(int rows, int width, int labels, int fold, int seed)
    {
        var features = new FeatureMatrix(rows, width);
        var columns = Enumerable.Range(0, labels).Select(_ => new float[rows]).ToArray();
        for (var row = 0; row < rows; row++)
        {
            var values = features.Row(row);
            for (var i = 0; i < width; i++)
            {
                values[i] = Philox.ToSingle(Philox.Block(5, (uint)row, (uint)i).A) - 0.5f;
            }

            for (var label = 0; label < labels; label++)
            {
                columns[label][row] = Math.Clamp(0.5f + (0.5f * values[label]) + (0.3f * values[label + 20]), 0, 1);
            }
        }

        var split = Fold.Split(rows)[fold];
        return new ProbeProblem
        {
            Features = features,
            Labels = columns,
            Train = [.. split.Train],
            Development = [.. split.Development],
            Test = [.. split.Test],
            Fold = fold,
            Seed = seed,
        };
    }
}
