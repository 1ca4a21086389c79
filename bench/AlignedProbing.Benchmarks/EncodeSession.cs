using System.Diagnostics;
using System.Globalization;
using AlignedProbing.Prompts;
using AlignedProbing.Runs;
using AlignedProbing.Tokenizers;
using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Benchmarks;

/// <summary>One round of encoding.</summary>
/// <param name="Tokens">Tokens generated.</param>
/// <param name="Seconds">By the clock.</param>
/// <param name="ProcessorSeconds">Of processor time, all cores.</param>
/// <param name="Times">Where the time went.</param>
/// <param name="Run">The run folder, until the session ends.</param>
internal sealed record EncodeRound(int Tokens, double Seconds, double ProcessorSeconds, PartTimes Times, RunFolder Run);

/// <summary>
/// A model and prompts, encoded as often as asked: 25 samples of 20 tokens, top-p 0.9, all hidden states pooled for prompts and for every continuation.
/// </summary>
internal sealed class EncodeSession : IDisposable
{
    private readonly IReadOnlyDictionary<string, string> _options;
    private readonly string _home = Directory.CreateTempSubdirectory("encode-benchmark-").FullName;
    private int _rounds;

    /// <summary>Loads the model and the prompts.</summary>
    /// <param name="options">As <see cref="EncodeBenchmark"/> lists them.</param>
    public EncodeSession(IReadOnlyDictionary<string, string> options)
    {
        _options = options;
        var folder = options.GetValueOrDefault("--model") ?? throw new ArgumentException("Say --model FOLDER.");
        (Precision, Device) = (options.GetValueOrDefault("--precision", "full"), options.GetValueOrDefault("--device", "cpu"));
        BatchSize = Number("--batch-size", 4);
        Samples = Number("--samples", 25);
        NewTokens = Number("--max-new-tokens", 20);
        var limit = Number("--limit", Math.Max(8, BatchSize));
        var tokenizer = Tokenizer.FromFolder(folder);
        Prompts = options.TryGetValue("--prompts", out var file)
            ? PromptSet.Read(file, new PromptSetOptions { Limit = limit }).Prompts
            :
            [
                .. Enumerable
                    .Range(0, limit)
                    .Select(index => new Prompt { Id = $"{index}", Text = string.Join(' ', Enumerable.Repeat("the dog and the man", 2 + (index % 3))) }),
            ];
        Inputs = new EncodingInputs
        {
            Model = ModelCatalog.Load(
                folder,
                new ModelLoadOptions { Precision = Precision == "bf16" ? WeightPrecision.BFloat16 : WeightPrecision.Full, Device = Device }),
            Tokenizer = tokenizer,
            Renderer = new PromptRenderer(tokenizer, null),
            Generation = GenerationSettings.FromFolder(folder),
        };
    }

    public string Precision { get; }

    public string Device { get; }

    public int BatchSize { get; }

    public int Samples { get; }

    public int NewTokens { get; }

    public IReadOnlyList<Prompt> Prompts { get; }

    public EncodingInputs Inputs { get; }

    public ModelSizes Sizes => Inputs.Model.Sizes;

    /// <summary>Encodes prompts into a fresh run folder.</summary>
    /// <param name="prompts">Which; null: all.</param>
    public EncodeRound Encode(IReadOnlyList<Prompt>? prompts = null)
    {
        prompts ??= Prompts;
        var chunk = Math.Max(16, BatchSize);
        var run = RunFolder.StartOrResume(
            Path.Combine(_home, $"{_rounds++}"),
            new Manifest
            {
                Model = new ModelManifest { Name = "model", Architecture = "any", Layers = Sizes.HiddenStates, Width = Sizes.Width },
                Prompts = new PromptSetManifest { Name = "prompts", Sha256 = "", Read = prompts.Count, Used = prompts.Count, Prompts = prompts.Count },
                Encoding = new EncodingManifest { Samples = Samples, MaxNewTokens = NewTokens, Keep = [.. Enumerable.Range(0, Samples)], Chunk = chunk },
                Measurement = new MeasurementManifest { Scorers = [] },
            },
            prompts);
        var times = new PartTimes();
        var start = Stopwatch.GetTimestamp();
        var processor = ProbeBenchmark.ProcessorMilliseconds(() =>
        {
            var result = EncodingStage.Run(run, Inputs, new EncodingStageOptions { BatchSize = BatchSize }, progress: null, times, CancellationToken.None);
            foreach (var failure in result.Failed)
            {
                throw new InvalidOperationException($"{failure.Unit}: {failure.Message}");
            }
        });
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var tokens = Enumerable
            .Range(0, RunFolder.ChunkCount(prompts.Count, chunk))
            .Sum(number => run.ReadContinuations(number).Sum(continuation => continuation.TokenIds.Count));
        return new EncodeRound(tokens, seconds, processor / 1000, times, run);
    }

    public void Dispose()
    {
        Inputs.Model.Dispose();
        Directory.Delete(_home, recursive: true);
    }

    private int Number(string name, int otherwise) => _options.TryGetValue(name, out var value) ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;
}
