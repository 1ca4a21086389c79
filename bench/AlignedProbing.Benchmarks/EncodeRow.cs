using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AlignedProbing.Prompts;
using AlignedProbing.Runs;
using AlignedProbing.Tokenizers;
using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Precision;

namespace AlignedProbing.Benchmarks;

/// <summary>What one process measured: one precision and batch size.</summary>
internal sealed record EncodeRow
{
    public required string Precision { get; init; }

    public required int BatchSize { get; init; }

    public required int Prompts { get; init; }

    public required int Tokens { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Of processor time, all cores.</summary>
    public required double ProcessorSeconds { get; init; }

    public required ProductBound Before { get; init; }

    public required ProductBound After { get; init; }

    /// <summary>Share of the time by part.</summary>
    public required SortedDictionary<string, double> Shares { get; init; }

    public required long PeakMegabytes { get; init; }

    /// <summary>Measures: 25 samples of 20 tokens, top-p 0.9, all hidden states pooled for prompts and for every continuation, after a warm-up of one prompt.</summary>
    public static EncodeRow Measure(IReadOnlyDictionary<string, string> options)
    {
        var folder = options.GetValueOrDefault("--model") ?? throw new ArgumentException("Say --model FOLDER.");
        var batch = Number("--batch-size", 4);
        var limit = Number("--limit", Math.Max(8, batch));
        var samples = Number("--samples", 25);
        var precision = options.GetValueOrDefault("--precision", "full");
        using var model = ModelCatalog.Load(folder, new ModelLoadOptions { Precision = precision == "bf16" ? WeightPrecision.BFloat16 : WeightPrecision.Full });
        var tokenizer = Tokenizer.FromFolder(folder);
        var prompts = options.TryGetValue("--prompts", out var file)
            ? PromptSet.Read(file, new PromptSetOptions { Limit = limit }).Prompts
            : [.. Enumerable.Range(0, limit).Select(index => new Prompt { Id = $"{index}", Text = string.Join(' ', Enumerable.Repeat("the dog and the man", 2 + (index % 3))) })];
        var inputs = new EncodingInputs { Model = model, Tokenizer = tokenizer, Renderer = new PromptRenderer(tokenizer, null), Generation = GenerationSettings.FromFolder(folder) };
        var home = Directory.CreateTempSubdirectory("encode-benchmark-").FullName;
        try
        {
            Encode("warm-up", [.. prompts.Take(1)]);
            var before = ProductBound.Measure(model.Sizes);
            var (tokens, seconds, processor, times) = Encode("measured", prompts);
            return new EncodeRow
            {
                Precision = precision,
                BatchSize = batch,
                Prompts = prompts.Count,
                Tokens = tokens,
                Seconds = seconds,
                ProcessorSeconds = processor,
                Before = before,
                After = ProductBound.Measure(model.Sizes),
                Shares = ByPart(times, seconds),
                PeakMegabytes = Process.GetCurrentProcess().PeakWorkingSet64 >> 20,
            };
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }

        (int Tokens, double Seconds, double ProcessorSeconds, PartTimes Times) Encode(string name, IReadOnlyList<Prompt> some)
        {
            var chunk = Math.Max(16, batch);
            var run = RunFolder.StartOrResume(
                Path.Combine(home, name),
                new Manifest
                {
                    Model = new ModelManifest { Name = "model", Architecture = "any", Layers = model.Sizes.HiddenStates, Width = model.Sizes.Width },
                    Prompts = new PromptSetManifest { Name = "prompts", Sha256 = "", Read = some.Count, Used = some.Count, Prompts = some.Count },
                    Encoding = new EncodingManifest { Samples = samples, MaxNewTokens = Number("--max-new-tokens", 20), Keep = [.. Enumerable.Range(0, samples)], Chunk = chunk },
                    Measurement = new MeasurementManifest { Scorers = [] },
                },
                some);
            var times = new PartTimes();
            var start = Stopwatch.GetTimestamp();
            var processor = ProbeBenchmark.ProcessorMilliseconds(() =>
            {
                var result = EncodingStage.Run(run, inputs, new EncodingStageOptions { BatchSize = batch }, progress: null, times, CancellationToken.None);
                foreach (var failure in result.Failed)
                {
                    throw new InvalidOperationException($"{failure.Unit}: {failure.Message}");
                }
            });
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var tokens = Enumerable.Range(0, RunFolder.ChunkCount(some.Count, chunk)).Sum(number => run.ReadContinuations(number).Sum(continuation => continuation.TokenIds.Count));
            return (tokens, seconds, processor / 1000, times);
        }

        int Number(string name, int otherwise) => options.TryGetValue(name, out var value) ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;
    }

    /// <summary>The row, from what a process that measured one wrote.</summary>
    public static EncodeRow Parse(string json) => JsonSerializer.Deserialize<EncodeRow>(json) ?? throw new InvalidDataException("The process that measures wrote no row.");

    /// <summary>The row as one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this);

    private static SortedDictionary<string, double> ByPart(PartTimes times, double seconds)
    {
        var shares = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var part in Enum.GetValues<ForwardPart>())
        {
            shares.Add(part.ToString(), times.Seconds(part) / seconds);
        }

        shares.Add("Storing", times.StoringSeconds / seconds);
        shares.Add("Waiting", times.WaitingSeconds / seconds);
        shares.Add("Rest", 1 - shares.Values.Sum());
        return shares;
    }
}
