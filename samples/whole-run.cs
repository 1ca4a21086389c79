#:project ../src/AlignedProbing.Torch/AlignedProbing.Torch.csproj
#:property PublishAot=false

// The whole of `aligned-probing run` from a program of your own: a run folder, its stages, its findings. Interrupted and started again, it goes on where it
// was.
// Run it with: dotnet run samples/whole-run.cs -- MODEL_FOLDER PROMPTS RUN_FOLDER
using AlignedProbing;
using AlignedProbing.Analysis;
using AlignedProbing.Probing;
using AlignedProbing.Prompts;
using AlignedProbing.Reports;
using AlignedProbing.Runs;
using AlignedProbing.Scoring;
using AlignedProbing.Tokenizers;
using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Models;

if (args is not [var folder, var file, var output])
{
    Console.Error.WriteLine("Give a model's folder, a file of prompts and a folder for the run.");
    return 2;
}

using var interruption = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    interruption.Cancel();
};
var progress = new Progress<StageProgress>(at => Console.Error.WriteLine($"{at.Stage}: {at.Done} of {at.Total} {at.Unit}"));

try
{
    var prompts = PromptSet.Read(file, new PromptSetOptions { Limit = 1000 });
    var model = ModelCatalog.Describe(folder);
    var manifest = new Manifest
    {
        Model = new ModelManifest
        {
            Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)),
            Architecture = model.Architecture,
            Layers = model.Sizes.HiddenStates,
            Width = model.Sizes.Width,
        },
        Prompts = prompts.Manifest,
        Encoding = new EncodingManifest { Samples = 5, MaxNewTokens = 10, Seed = 42 },
        Measurement = new MeasurementManifest { Scorers = ["ngram"], Probes = ["ridge"], Controls = [] },
    };
    var run = RunFolder.StartOrResume(output, manifest, prompts.Prompts);

    using (var loaded = ModelCatalog.Load(folder, new ModelLoadOptions()))
    {
        var tokenizer = Tokenizer.FromFolder(folder);
        var inputs = new EncodingInputs
        {
            Model = loaded,
            Tokenizer = tokenizer,
            Renderer = new PromptRenderer(tokenizer, chatTemplate: null),
            Generation = GenerationSettings.FromFolder(folder),
        };
        Check(EncodingStage.Run(run, inputs, new EncodingStageOptions(), progress, interruption.Token));
    }

    Check(await ScoringStage.RunAsync(run, ScorerCatalog.Create("ngram"), new ScoringOptions(), progress, interruption.Token));
    Check(ProbingStage.Run(run, new ProbingOptions { Probe = "ridge", Scorer = "ngram" }, progress, interruption.Token));
    var findings = AnalysisStage.Run(run, new AnalysisOptions(), progress, interruption.Token);
    foreach (var exporter in ReportCatalog.All.Where(exporter => exporter.Applies(findings)))
    {
        using var stream = File.Create(Path.Combine(run.FullPath, exporter.FileName));
        exporter.Write(findings, run, stream);
    }

    foreach (var peak in findings.Peaks.Where(peak => peak.Attribute == "toxicity"))
    {
        Console.WriteLine($"{peak.Scenario}: r = {peak.R:0.00} [{peak.Low:0.00}, {peak.High:0.00}] at layer {peak.Layer}");
    }

    Console.WriteLine($"Report: {run.HtmlReportPath}");
    return 0;
}
catch (InputException error)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Interrupted: what is finished is kept.");
    return 130;
}

// A unit that fails is listed and the others are done; the same call tries it again.
static void Check(StageResult result)
{
    foreach (var failed in result.Failed)
    {
        Console.Error.WriteLine($"failed: {failed.Unit}: {failed.Message}");
    }
}
