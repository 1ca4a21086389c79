using System.Diagnostics;
using System.Globalization;
using AlignedProbing.Prompts;
using AlignedProbing.Runs;
using AlignedProbing.Tokenizers;
using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Precision;
using TorchSharp;

namespace AlignedProbing.Benchmarks;

/// <summary>
/// How fast prompts are encoded, against what the machine's own matrix products allow: 25 samples of 20 tokens, top-p 0.9, all hidden states pooled for prompts and for
/// every continuation. Arguments: <c>--model FOLDER [--prompts FILE.jsonl] [--limit 8] [--batch-size 4] [--precision full|bf16|half|eight_bit|four_bit] [--samples 25] [--max-new-tokens 20]</c>.
/// </summary>
internal static class EncodeBenchmark
{
    public static void Run(IReadOnlyList<string> arguments)
    {
        var options = arguments.Chunk(2).ToDictionary(pair => pair[0], pair => pair[^1], StringComparer.Ordinal);
        var folder = options.GetValueOrDefault("--model") ?? throw new ArgumentException("Say --model FOLDER.");
        var limit = Number("--limit", 8);
        var batch = Number("--batch-size", 4);
        var samples = Number("--samples", 25);
        var precision = options.GetValueOrDefault("--precision", "full") switch
        {
            "full" => WeightPrecision.Full,
            "bf16" => WeightPrecision.BFloat16,
            "half" => WeightPrecision.Half,
            "eight_bit" => WeightPrecision.EightBit,
            "four_bit" => WeightPrecision.FourBit,
            var other => throw new ArgumentException($"There is no precision '{other}'."),
        };
        var started = Stopwatch.GetTimestamp();
        using var model = ModelCatalog.Load(folder, new ModelLoadOptions { Precision = precision });
        var tokenizer = Tokenizer.FromFolder(folder);
        Console.WriteLine($"loaded in {Stopwatch.GetElapsedTime(started).TotalSeconds:f1} s, {torch.get_num_threads()} threads, peak so far {PeakMegabytes()} MB");
        var prompts = options.TryGetValue("--prompts", out var file)
            ? PromptSet.Read(file, new PromptSetOptions { Limit = limit }).Prompts
            : [.. Enumerable.Range(0, limit).Select(index => new Prompt { Id = $"{index}", Text = string.Join(' ', Enumerable.Repeat("the dog and the man", 2 + (index % 3))) })];
        var inputs = new EncodingInputs { Model = model, Tokenizer = tokenizer, Renderer = new PromptRenderer(tokenizer, null), Generation = GenerationSettings.FromFolder(folder) };
        var home = Directory.CreateTempSubdirectory("encode-benchmark-").FullName;
        try
        {
            Encode("warm-up", [.. prompts.Take(1)], 1);
            Encode("measured", prompts, batch);
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }

        void Encode(string name, IReadOnlyList<Prompt> some, int size)
        {
            var run = RunFolder.StartOrResume(
                Path.Combine(home, name),
                new Manifest
                {
                    Model = new ModelManifest { Name = "model", Architecture = "any", Layers = model.Sizes.HiddenStates, Width = model.Sizes.Width },
                    Prompts = new PromptSetManifest { Name = "prompts", Sha256 = "", Read = some.Count, Used = some.Count, Prompts = some.Count },
                    Encoding = new EncodingManifest { Samples = samples, MaxNewTokens = Number("--max-new-tokens", 20), Keep = [.. Enumerable.Range(0, samples)], Chunk = 16 },
                    Measurement = new MeasurementManifest { Scorers = [] },
                },
                some);
            var times = new PartTimes();
            var before = Stopwatch.GetTimestamp();
            var result = EncodingStage.Run(run, inputs, new EncodingStageOptions { BatchSize = size }, progress: null, times, CancellationToken.None);
            var seconds = Stopwatch.GetElapsedTime(before).TotalSeconds;
            foreach (var failure in result.Failed)
            {
                Console.WriteLine($"{failure.Unit}: {failure.Message}");
            }

            var tokens = Enumerable.Range(0, RunFolder.ChunkCount(some.Count, 16)).Sum(chunk => run.ReadContinuations(chunk).Sum(continuation => continuation.TokenIds.Count));
            Report(name, tokens, seconds, times);
        }

        void Report(string name, int tokens, double seconds, PartTimes times)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {tokens} tokens in {seconds:f1} s, {tokens / seconds:f0} tokens/s; peak memory {PeakMegabytes()} MB"));
            var counted = 0.0;
            foreach (var part in Enum.GetValues<ForwardPart>())
            {
                counted += times.Seconds(part);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {part,-14} {100 * times.Seconds(part) / seconds,5:f1} %"));
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {"the rest",-14} {100 * (1 - (counted / seconds)),5:f1} %"));
            if (name == "measured")
            {
                var gigaflops = MatrixProducts(model.Sizes);
                var bound = gigaflops * 1e9 / (2.0 * model.Sizes.Parameters);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"plain matrix products {gigaflops:f0} GFLOPS: at most {bound:f0} tokens/s; reached {100 * tokens / seconds / bound:f0} % of it"));
            }
        }

        int Number(string name, int otherwise) => options.TryGetValue(name, out var value) ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;
    }

    /// <summary>GFLOPS of libtorch's own float32 product of 100 rows with the shapes of a width of 576, as the time of all three together says.</summary>
    private static double MatrixProducts(ModelSizes sizes)
    {
        using var scope = torch.NewDisposeScope();
        double work = 0, time = 0;
        foreach (var (inputs, outputs) in new[] { (sizes.Width, 1536), (1536, sizes.Width), (sizes.Width, sizes.Vocabulary) })
        {
            var (left, right) = (torch.rand(100, inputs), torch.rand(inputs, outputs));
            var best = double.PositiveInfinity;
            for (var repeat = 0; repeat < 30; repeat++)
            {
                var start = Stopwatch.GetTimestamp();
                using var result = torch.mm(left, right);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            // Weighted as a token meets them: each block has about 2.3 times the first two shapes, the head comes once.
            var count = outputs == sizes.Vocabulary ? 1.0 : sizes.Blocks * 2.0;
            work += count * 2e-9 * 100 * inputs * outputs;
            time += count * best;
        }

        return work / time;
    }

    private static long PeakMegabytes() => Process.GetCurrentProcess().PeakWorkingSet64 >> 20;
}
