using AlignedProbing.Prompts;
using AlignedProbing.Runs;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Tokenizers;
using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Torch.Tests.Encoding;

/// <summary>Runs of the demo's tiny model in a temporary folder.</summary>
internal sealed class DemoRun : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("encoding-").FullName;

    public DemoRun(ModelKernels? kernels = null, WeightPrecision precision = WeightPrecision.Full)
    {
        Model = ModelCatalog.Load(ModelFolder, new ModelLoadOptions { Kernels = kernels, Precision = precision });
        Tokenizer = Tokenizer.FromFolder(ModelFolder);
        Inputs = new EncodingInputs
        {
            Model = Model,
            Tokenizer = Tokenizer,
            Renderer = new PromptRenderer(Tokenizer, null),
            Generation = GenerationSettings.FromFolder(ModelFolder),
        };
    }

    public static string ModelFolder { get; } = Path.Combine(SharedData.RepositoryRoot, "src", "AlignedProbing.Cli", "Demo", "model");

    public CausalModel Model { get; }

    public Tokenizer Tokenizer { get; }

    public EncodingInputs Inputs { get; }

    public static Prompt Prompt(string id, string text, params string[] given) =>
        new()
        {
            Id = id,
            Text = text,
            Continuations = [.. given.Select(continuation => new GivenContinuation(continuation, new Dictionary<string, double?>()))],
        };

    /// <summary>Fifteen prompts of one to some sixty tokens.</summary>
    public static Prompt[] Prompts() =>
        [
            .. Enumerable
                .Range(0, 15)
                .Select(index =>
                    Prompt(
                        $"p{index}",
                        string.Concat(Enumerable.Repeat("You are the worst neighbour that ", index % 5)) + "The",
                        " dog went home.",
                        " end",
                        " and then it rained for three days")),
        ];

    public RunFolder Start(string name, IReadOnlyList<Prompt> prompts, EncodingManifest encoding) =>
        RunFolder.StartOrResume(
            Path.Combine(_folder, name),
            new Manifest
            {
                Model = new ModelManifest { Name = "demo", Architecture = "llama", Layers = Model.Sizes.HiddenStates, Width = Model.Sizes.Width },
                Prompts = new PromptSetManifest { Name = "prompts", Sha256 = "", Read = prompts.Count, Used = prompts.Count, Prompts = prompts.Count },
                Encoding = encoding,
                Measurement = new MeasurementManifest { Scorers = ["ngram"] },
            },
            prompts);

    public StageResult Encode(
        RunFolder run,
        EncodingStageOptions? options = null,
        IProgress<StageProgress>? progress = null,
        CancellationTokenSource? source = null
    ) => EncodingStage.Run(run, Inputs, options ?? new EncodingStageOptions(), progress, source?.Token ?? TestContext.Current.CancellationToken);

    /// <summary>Everything a run holds but who made it, as bytes by file.</summary>
    public static SortedDictionary<string, byte[]> Files(RunFolder run)
    {
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (
            var file in Directory
                .EnumerateFiles(Path.Combine(run.FullPath, "encodings"), "*", SearchOption.AllDirectories)
                .Where(file => Path.GetFileName(file) != "unit.json"))
        {
            files.Add(Path.GetRelativePath(run.FullPath, file), File.ReadAllBytes(file));
        }

        return files;
    }

    public void Dispose()
    {
        Model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
