
// A benchmark is a class of its own and a line here.
using System.Globalization;
using AlignedProbing.Benchmarks;

// Figures are written alike on every machine.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

var benchmarks = new SortedDictionary<string, Action<IReadOnlyList<string>>>(StringComparer.Ordinal)
{
    ["linear"] = LinearBenchmark.Run,
    ["encode"] = EncodeBenchmark.Run,
    ["models"] = ModelTable.Run,
    ["classifiers"] = ClassifierBenchmark.Run,
    ["probes"] = ProbeBenchmark.Run,
    ["study"] = StudyBenchmark.Run,
    ["sampler"] = SamplerBenchmark.Run,
    ["tokenizers"] = TokenizerBenchmark.Run,
};
if (args.Length > 0 && benchmarks.TryGetValue(args[0], out var benchmark))
{
    benchmark(args[1..]);
    return 0;
}

Console.Error.WriteLine($"Say which: {string.Join(", ", benchmarks.Keys)}");
return 2;
