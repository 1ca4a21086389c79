using System.Diagnostics;
using System.Globalization;
using AlignedProbing.Numerics;
using AlignedProbing.Probing.Labels;
using AlignedProbing.Probing.Probes;
using AlignedProbing.Probing.Training;

namespace AlignedProbing.Benchmarks;

/// <summary>
/// A whole study, every probe trained: layers x four scenarios x seven attributes x four folds x five seeds of the linear probe, layer after layer as the
/// probing stage does it. Vectors and labels are made up for each layer on the spot, so
/// memory holds one layer; the time of making them is told apart. With <c>--python PROGRAM</c> PyTorch's loop and its batched form (bench/python/probe_loop.py)
/// run after it, for ratios from one run.
/// Arguments: <c>[--layers 33] [--rows 6000] [--width 576] [--threads N] [--python PROGRAM [--together 5760]]</c>.
/// </summary>
internal static class StudyBenchmark
{
    private const int Attributes = 7;

    // Input and Backward read the input vectors, Forward and Output the output vectors.
    private const int ScenariosOfSide = 2;
    private const int Sides = 2;

    public static void Run(IReadOnlyList<string> arguments)
    {
        var options = arguments.Chunk(2).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        var (layers, rows, width, threads) = (
            Number("--layers", 33),
            Number("--rows", 6000),
            Number("--width", 576),
            Number("--threads", Environment.ProcessorCount));
        var (peak, memory) = (PeakBenchmark.GigaflopsOfCores(threads), PeakBenchmark.GigabytesRead(threads));
        Console.WriteLine($"{MachineFeatures.Describe()}");
        var ofOne = PeakBenchmark.GigaflopsOfOneCore();
        Console.WriteLine(
            $"peak (fused multiply-adds in registers, 8 lanes): {peak:F0} GFLOP/s of {threads} cores by the clock, {ofOne:F0} of one by processor time; " +
            $"reading memory: {memory:F1} GB/s"
        );
        Measure(layers, rows, width, threads, (peak, ofOne, memory));
        if (options.GetValueOrDefault("--python") is { } python)
        {
            var own = ProbeBenchmark.MillisecondsOfOneCore(1996, width);
            Console.WriteLine($"ours, one core, 1,996 rows (1,197 to train on), width {width}: {own:F2} ms a probe");
            using var process = Process.Start(
                new ProcessStartInfo(
                    python,
                    [
                        "bench/python/probe_loop.py",
                        "--together",
                        options.GetValueOrDefault("--together", "5760"),
                        "--ours",
                        own.ToString(CultureInfo.InvariantCulture),
                    ])
            )!;
            process.WaitForExit();
        }

        int Number(string name, int preset) => options.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : preset;
    }

    private static void Measure(int layers, int rows, int width, int threads, (double Together, double OfOne, double Memory) peak)
    {
        var probe = new LinearProbe(new LinearProbeOptions());
        // Compiled, and its memory touched, before the clock starts.
        Layer(0, 400, width, probe, threads);
        var (probes, seconds, making, processor, operations, bytes) = (0L, 0.0, 0.0, 0.0, 0.0, 0.0);
        for (var layer = 0; layer < layers; layer++)
        {
            var start = Stopwatch.GetTimestamp();
            var study = Make(layer, rows, width, probe, threads);
            making += Stopwatch.GetElapsedTime(start).TotalSeconds;
            start = Stopwatch.GetTimestamp();
            IReadOnlyList<StudyCell> cells = [];
            processor += ProbeBenchmark.ProcessorMilliseconds(() => cells = study.Run(null, CancellationToken.None));
            seconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
            probes += cells.Sum(cell => cell.Runs.Length);
            operations += cells.Sum(cell => cell.Runs.Sum(run => ProbeBenchmark.Operations(width, run.TrainN, Development(rows, run), EpochsRun(run))));
            bytes += cells.Chunk(Attributes * ScenariosOfSide).Sum(side => BytesOfSide(side, rows, width));
            if (layer % 8 == 7)
            {
                Console.WriteLine($"  {layer + 1} layers, {probes:N0} probes, {seconds:F1} s");
            }
        }

        using var process = Process.GetCurrentProcess();
        var gigaflops = operations / seconds / 1e9;
        var fold = Fold.Split(rows)[0];
        Console.WriteLine(
            $"the whole study: {layers} layers x 4 scenarios x {Attributes} attributes x 20 = {probes:N0} linear probes, {rows:N0} rows (each fold trains " +
            $"on {fold.Train.Count:N0}, chooses the epoch by {fold.Development.Count:N0}, tests {fold.Test.Count:N0}), width {width}:"
        );
        Console.WriteLine(
            $"{seconds:F1} s on {threads} threads, {probes / seconds:N0} probes a second, {1000 * seconds * threads / probes:F2} ms of a core a probe " +
            $"({processor / probes:F2} ms of processor); making up the vectors took {making:F1} s more"
        );
        Console.WriteLine(
            $"{gigaflops:F1} GFLOP/s = {gigaflops / peak.Together:P0} of the peak by the clock ({operations / processor / 1e6:F1} a core = " +
            $"{operations / processor / 1e6 / peak.OfOne:P0} by processor time, which other programs disturb less); vectors read {bytes / 1e9:N0} GB, " +
            $"{bytes / seconds / 1e9:F1} GB/s = {bytes / seconds / 1e9 / peak.Memory:P0} of what reading memory gives; peak of the process " +
            $"{process.PeakWorkingSet64 / 1e6:N0} MB, whatever the number of layers"
        );
    }

    // Training stops ten epochs after the best one, at the latest after twenty.
    private static int EpochsRun(StudyRun run) => Math.Min(20, (run.Epoch ?? 0) + 10);

    private static int Development(int rows, StudyRun run) => rows - run.N - run.TrainN;

    // A task (fold, seed) reads the training and development rows once an epoch for all its labels, as long as one of them trains on.
    private static double BytesOfSide(StudyCell[] cells, int rows, int width) => cells
        .SelectMany(cell => cell.Runs)
        .GroupBy(run => (run.Fold, run.Seed))
        .Sum(task => sizeof(float) * (double)width * (task.First().TrainN + Development(rows, task.First())) * task.Max(EpochsRun));

    private static void Layer(int layer, int rows, int width, LinearProbe probe, int threads) =>
        Make(layer, rows, width, probe, threads).Run(null, CancellationToken.None);

    private static ProbeStudy Make(int layer, int rows, int width, LinearProbe probe, int threads)
    {
        var study = new ProbeStudy(probe, new ProbeStudyOptions { Threads = threads });
        for (var side = 0; side < Sides; side++)
        {
            var key = ((ulong)layer << 8) | (uint)side;
            var features = new FeatureMatrix(rows, width);
            Parallel.For(0, rows, row =>
            {
                var values = features.Row(row);
                for (var i = 0; i < width; i += 4)
                {
                    var (a, b, c, d) = Philox.Block(key, (uint)row, (uint)i);
                    Span<float> four = [Philox.ToSingle(a) - 0.5f, Philox.ToSingle(b) - 0.5f, Philox.ToSingle(c) - 0.5f, Philox.ToSingle(d) - 0.5f];
                    four[..Math.Min(4, width - i)].CopyTo(values[i..]);
                }
            });
            for (var label = 0; label < ScenariosOfSide * Attributes; label++)
            {
                study.Add(
                    features,
                    new LabelColumn(
                        "label",
                        [
                            .. Enumerable
                                .Range(0, rows)
                                .Select(row => Math.Clamp(0.5 + (0.5 * features.Row(row)[label]) + (0.3 * features.Row(row)[label + 20]), 0, 1)),
                        ]));
            }
        }

        return study;
    }
}
