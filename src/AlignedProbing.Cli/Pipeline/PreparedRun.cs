using AlignedProbing.ChatTemplates;
using AlignedProbing.Cli.Display;
using AlignedProbing.Cli.Options;
using AlignedProbing.Hub;
using AlignedProbing.Prompts;
using AlignedProbing.Runs;
using AlignedProbing.Tokenizers;
using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Cli.Pipeline;

/// <summary>
/// Everything that can be checked before the first costly step: model folder, tokenizer, prompts, templates, and the run folder that agrees with them.
/// </summary>
internal sealed class PreparedRun : IDisposable
{
    private readonly ModelFolder _folder;
    private readonly AdapterFolder? _adapter;
    private readonly Tokenizer _tokenizer;
    private readonly PromptRenderer _renderer;
    private CausalModel? _model;
    private int? _randomWeights;

    private PreparedRun(RunFolder run, ModelFolder folder, AdapterFolder? adapter, Tokenizer tokenizer, PromptRenderer renderer)
    {
        Run = run;
        _folder = folder;
        _adapter = adapter;
        _tokenizer = tokenizer;
        _renderer = renderer;
    }

    /// <summary>The run folder, started or found.</summary>
    public RunFolder Run { get; }

    /// <summary>Checks what was asked and starts or finds its run folder.</summary>
    /// <exception cref="InputException">Something cannot be used.</exception>
    public static async Task<PreparedRun> PrepareAsync(RunSettings settings, Host host, IDisplay display, CancellationToken cancellationToken)
    {
        var templates = settings.TemplateFile is { } file ? PromptTemplateFile.AddTo(Path.Combine(host.WorkingFolder, file)) : PromptTemplate.BuiltIn;
        var template = settings.TemplateFile is null ? settings.Encoding.Template : templates.Count - 1;
        var prompts = PromptSet.Read(PromptsPath(settings, host), new PromptSetOptions
        {
            Limit = settings.Limit,
            Template = template,
            PromptField = settings.PromptField,
            ContinuationField = settings.ContinuationField,
        });
        Tell(prompts, display);
        var there = ModelOf(settings, host);
        var adapter = settings.Adapter is { } name
            ? await AdapterFolder
                .OpenAsync(name, there?.Adapter is { } before && before.Name == name ? before.Commit : null, host, display, cancellationToken)
                .ConfigureAwait(false)
            : null;
        // Last of what can be wrong: it may take an hour of downloading.
        var folder = settings.Model is { } model
            ? await ModelSource
                .OpenAsync(model, settings.Revision, CommitOf(settings, there), host, display, cancellationToken, settings.Device.ToString())
                .ConfigureAwait(false)
            : ModelFolder.Demo;
        var description = ModelCatalog.Describe(folder.FullPath);
        var tokenizer = TokenizerSource.Open(folder.FullPath);
        var chat = ChatTemplateFor(settings, folder, display);
        var manifest = new Manifest
        {
            Demo = settings.Demo,
            Model = new ModelManifest
            {
                Name = folder.Name,
                Revision = folder.Revision,
                Commit = folder.Commit,
                Architecture = description.Architecture,
                Layers = description.Sizes.HiddenStates,
                Width = description.Sizes.Width,
                Parameters = description.Sizes.Parameters,
                Precision = PrecisionNames.Of(settings.Precision),
                RotaryByLengthAbove = description.Sizes.RotaryByLengthAbove,
                Adapter = adapter?.Describe(cancellationToken),
                Sha256 = folder.Hash(cancellationToken),
            },
            Prompts = prompts.Manifest with { Demo = TakesDemoPrompts(settings) },
            Encoding = settings.Encoding with
            {
                Samples = settings.Encoding.Continuations == "given" ? MostGiven(prompts, settings) : settings.Encoding.Samples,
                Template = template,
                TemplateSystem = templates[template].System,
                TemplateUser = templates[template].User,
                ChatTemplate = chat is not null,
            },
        };
        var run = RunFolder.StartOrResume(Path.Combine(host.WorkingFolder, settings.Output), manifest, prompts.Prompts);
        var rendering = new PromptRendererOptions
        {
            Templates = templates,
            Reference = manifest.Encoding.ReferencePooling,
            BeginsChats = manifest.Encoding.BeginsChats,
        };
        var renderer = new PromptRenderer(tokenizer, chat, rendering);
        return new PreparedRun(run, folder, adapter, tokenizer, renderer);
    }

    /// <summary>What is measured: what was given, over what the run's stages were asked before, over the declarations.</summary>
    public static MeasurementManifest MeasurementOf(RunSettings settings, Host host)
    {
        var path = Path.Combine(host.WorkingFolder, settings.Output);
        return settings.Measurement.Over(RunFolder.Exists(path) ? RunFolder.Open(path).ReadManifest().Measurement : null, settings.Encoding);
    }

    /// <summary>Loads the model and hands it to the encode stage with its tokenizer. Stays loaded until this is disposed.</summary>
    public EncodingInputs LoadInputs(RunSettings settings, int? randomWeights = null)
    {
        if (randomWeights != _randomWeights)
        {
            // One model at a time: two might not fit.
            _model?.Dispose();
            (_model, _randomWeights) = (null, randomWeights);
        }

        _model ??= ModelCatalog.Load(_folder.FullPath, new ModelLoadOptions
        {
            Precision = settings.Precision,
            Device = settings.Device.ToString(),
            RandomWeights = randomWeights,
            Adapter = _adapter?.FullPath,
        });
        return new EncodingInputs { Model = _model, Tokenizer = _tokenizer, Renderer = _renderer, Generation = GenerationSettings.FromFolder(_folder.FullPath) };
    }

    /// <inheritdoc/>
    public void Dispose() => _model?.Dispose();

    // What a run that has begun says of its model.
    private static ModelManifest? ModelOf(RunSettings settings, Host host)
    {
        var path = Path.Combine(host.WorkingFolder, settings.Output);
        return RunFolder.Exists(path) ? RunFolder.Open(path).ReadManifest().Model : null;
    }

    // A branch moves on; a run that has begun goes on with the commit it began with.
    private static string? CommitOf(RunSettings settings, ModelManifest? there) =>
        there is { Commit: { } commit } && there.Name == settings.Model && there.Revision == (settings.Revision ?? HubModels.DefaultRevision) ? commit : null;

    private static bool TakesDemoPrompts(RunSettings settings) => settings.Prompts == "demo" || (settings.Prompts is null && settings.Demo);

    private static string PromptsPath(RunSettings settings, Host host)
    {
        if (TakesDemoPrompts(settings))
        {
            return ModelFolder.DemoPrompts;
        }

        return settings.Prompts is { } file
            ? Path.Combine(host.WorkingFolder, file)
            : throw new InputException(
                "wrong-usage",
                $"--model {settings.Model}",
                "no prompt set was named",
                "Give --prompts FILE, or --prompts demo for the demo's");
    }

    private static int MostGiven(PromptSetResult prompts, RunSettings settings)
    {
        var most = prompts.Prompts.Max(prompt => prompt.Continuations.Count);
        return most > 0
            ? most
            : throw new InputException(
                "wrong-usage",
                "--continuations given",
                $"{settings.Prompts ?? "the demo's prompt set"} has no continuations",
                "Use --continuations sampled, or a prompt set that has them (docs/prompt-sets.md)");
    }

    private static ChatTemplate? ChatTemplateFor(RunSettings settings, ModelFolder folder, IDisplay display)
    {
        var template =
            settings.Chat == "off" || (settings.Chat == "auto" && settings.Encoding.Continuations == "given")
                ? null
                : ChatTemplateSource.FromFolder(folder.FullPath);
        if (template is null && settings.Chat == "on")
        {
            throw new InputException("wrong-usage", "--chat on", $"'{folder.Name}' has no chat template", "Leave --chat out, or use --chat off");
        }

        if (settings.Chat == "auto")
        {
            display.Say(
                template is not null ? "chat template: applied (--chat off to leave it out)"
                : settings.Encoding.Continuations == "given" ? "chat template: not applied to given continuations (--chat on to apply it)"
                : "chat template: the model has none");
        }

        return template;
    }

    private static void Tell(PromptSetResult prompts, IDisplay display)
    {
        const int Shown = 5;
        foreach (var problem in prompts.Problems.Take(Shown))
        {
            display.Say($"line {problem.Line} of {prompts.Manifest.Name} is left out: {problem.Message}");
        }

        var more = prompts.Manifest.Read - prompts.Manifest.Used - Math.Min(Shown, prompts.Problems.Count);
        display.Say(
            $"prompts: {prompts.Manifest.Used} of {prompts.Manifest.Read} rows of {prompts.Manifest.Name} are "
                + $"used{(prompts.Manifest.Prompts == prompts.Manifest.Used ? "" : $" and make {prompts.Manifest.Prompts} prompts")}{(more > 0 ? $"; {more} more are left out" : "")}"
        );
    }
}
