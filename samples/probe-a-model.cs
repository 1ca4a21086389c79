#:project ../src/AlignedProbing.Torch/AlignedProbing.Torch.csproj
#:property PublishAot=false

// How strongly does each layer of a model encode how toxic your own prompts are? A prompt a line of a text file, or any other form of
// docs/guide/prompt-sets.md.
// Run it with: dotnet run samples/probe-a-model.cs -- MODEL_FOLDER PROMPTS
using AlignedProbing;
using AlignedProbing.Probing;
using AlignedProbing.Probing.Labels;
using AlignedProbing.Probing.Probes;
using AlignedProbing.Probing.Training;
using AlignedProbing.Prompts;
using AlignedProbing.Scoring;
using AlignedProbing.Tokenizers;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Models;

if (args is not [var folder, var file])
{
    Console.Error.WriteLine("Give a model's folder and a file of prompts.");
    return 2;
}

try
{
    // Everything that can be wrong with files is an InputException that says what to do.
    var prompts = PromptSet.Read(file, new PromptSetOptions { Limit = 1000 }).Prompts;
    var tokenizer = Tokenizer.FromFolder(folder);
    var renderer = new PromptRenderer(tokenizer, chatTemplate: null);
    using var model = ModelCatalog.Load(folder, new ModelLoadOptions());

    // Scores in [0, 1]. A missing one is absent from Scores and has its reason in Missing: NaN is how a label says so.
    var scorer = ScorerCatalog.Create("ngram");
    var scores = await scorer.ScoreAsync([.. prompts.Select(prompt => prompt.Text)], CancellationToken.None);
    double[] labels = [.. scores.Select(score => score.Scores.TryGetValue("toxicity", out var value) ? value : double.NaN)];

    // One matrix [prompts, width] a layer: the mean of the states of the prompt's own tokens. Special tokens and templates lie outside the span.
    FeatureMatrix[] layers = [.. Enumerable.Range(0, model.Sizes.HiddenStates).Select(_ => new FeatureMatrix(prompts.Count, model.Sizes.Width))];
    for (var row = 0; row < prompts.Count; row++)
    {
        var rendered = renderer.Render(prompts[row]);
        var states = HiddenStates.Of(model, rendered.Ids);
        for (var layer = 0; layer < states.Layers; layer++)
        {
            states.Mean(layer, rendered.SpanStart, rendered.SpanEnd, layers[layer].Row(row));
        }
    }

    // Four folds; r is measured on prompts that the probe was not trained on.
    var probe = ProbeCatalog.Create(new ProbingOptions { Probe = "ridge", Scorer = scorer.Name });
    var study = new ProbeStudy(probe, new ProbeStudyOptions());
    foreach (var layer in layers)
    {
        study.Add(layer, new LabelColumn("toxicity", labels));
    }

    var cells = study.Run(trained: null, CancellationToken.None);
    for (var layer = 0; layer < cells.Count; layer++)
    {
        var strength = cells[layer].Missing ?? $"r = {cells[layer].Runs.Average(run => run.R):0.00}";
        Console.WriteLine($"layer {layer}: {strength}, n = {cells[layer].Rows.Length}");
    }

    return 0;
}
catch (InputException error)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}
