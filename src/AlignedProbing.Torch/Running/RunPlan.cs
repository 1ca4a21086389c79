using System.Text.Json;
using AlignedProbing.ChatTemplates;
using AlignedProbing.Hub;
using AlignedProbing.Prompts;
using AlignedProbing.Runs;
using AlignedProbing.Tokenizers;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Torch.Running;

/// <summary>
/// Everything that is settled before the first costly step: model, tokenizer, prompts, templates, scorers, and that the run folder agrees with them. Making one
/// writes nothing but downloads into the cache.
/// </summary>
public sealed class RunPlan
{
    private RunPlan(
        RunRequest request,
        Manifest manifest,
        IReadOnlyList<Prompt> prompts,
        ModelFolder model,
        ModelDescription description,
        AdapterFolder? adapter,
        Tokenizer tokenizer,
        PromptRenderer renderer) =>
        (Request, Manifest, Prompts, Model, Description, Adapter, Tokenizer, Renderer) =
            (request, manifest, prompts, model, description, adapter, tokenizer, renderer);

    /// <summary>What was asked.</summary>
    public RunRequest Request { get; }

    /// <summary>The run's identity, and what is measured.</summary>
    public Manifest Manifest { get; }

    /// <summary>The prompts used, in order.</summary>
    public IReadOnlyList<Prompt> Prompts { get; }

    /// <summary>Chunks of the run.</summary>
    public int Chunks => RunFolder.ChunkCount(Manifest.Prompts.Prompts, Manifest.Encoding.Chunk);

    internal ModelFolder Model { get; }

    internal ModelDescription Description { get; }

    internal AdapterFolder? Adapter { get; }

    internal PromptRenderer Renderer { get; }

    internal Tokenizer Tokenizer { get; }

    /// <summary>Checks what was asked. Nothing is written but what is downloaded into the cache.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="cancellationToken">Stops a download; what came is kept.</param>
    /// <exception cref="InputException">Something cannot be used; where that is several things, all of them are named.</exception>
    public static async Task<RunPlan> MakeAsync(RunRequest request, RunMachine machine, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(machine);
        request.Validate();
        var there = ManifestOf(request, machine);
        var (measurement, templates, template, prompts, samples, adapter) = await SettleAsync(request, there, machine, cancellationToken).ConfigureAwait(false);
        var folder = request.Model is { } model
            ? await ModelSource
                .OpenAsync(model, request.Revision, CommitOf(request, there?.Model), machine, cancellationToken, request.Device.ToString(), request.File)
                .ConfigureAwait(false)
            : ModelFolder.Demo;
        var description = Once(machine, "description", folder, () => ModelCatalog.Describe(folder.FullPath));
        var tokenizer = Once(machine, "tokenizer", folder, () => TokenizerSource.Open(folder.FullPath));
        var chat = ChatTemplateFor(request, folder, machine);
        var manifest = new Manifest
        {
            Demo = request.Demo,
            Model = new ModelManifest
            {
                Name = folder.Name,
                Revision = folder.Revision,
                Commit = folder.Commit,
                File = folder.File,
                Architecture = description.Architecture,
                Layers = description.Sizes.HiddenStates,
                Width = description.Sizes.Width,
                Parameters = description.Sizes.Parameters,
                Precision = PrecisionNames.Of(request.Precision),
                WeightFormat = description.WeightFormat,
                RotaryByLengthAbove = description.Sizes.RotaryByLengthAbove,
                Adapter = adapter?.Describe(cancellationToken),
                Sha256 = Once(machine, "hash", folder, () => folder.Hash(cancellationToken)),
            },
            Prompts = prompts.Manifest with { Demo = PromptSource.IsDemo(request) },
            Encoding = request.Encoding with
            {
                Samples = samples,
                Template = template,
                TemplateSystem = templates[template].System,
                TemplateUser = templates[template].User,
                ChatTemplate = chat is not null,
            },
            Measurement = request.IsMeasured ? measurement : MeasurementManifest.Usual,
        };
        RunFolder.Check(Path.Combine(machine.WorkingFolder, request.Output), manifest);
        var rendering = new PromptRendererOptions
        {
            Templates = templates,
            Reference = manifest.Encoding.ReferencePooling,
            BeginsChats = manifest.Encoding.BeginsChats,
        };
        var renderer = new PromptRenderer(tokenizer, chat, rendering);
        return new RunPlan(request, manifest, prompts.Prompts, folder, description, adapter, tokenizer, renderer);
    }

    /// <summary>Checks what was asked as far as that takes no weights: those of a model on the Hub are not fetched.</summary>
    /// <exception cref="InputException">Something cannot be used.</exception>
    internal static async Task CheckAsync(RunRequest request, RunMachine machine, CancellationToken cancellationToken)
    {
        if (request.Model is not { } model || Path.Exists(Path.Combine(machine.WorkingFolder, model)))
        {
            await MakeAsync(request, machine, cancellationToken).ConfigureAwait(false);
            return;
        }

        await SettleAsync(request, ManifestOf(request, machine), machine, cancellationToken).ConfigureAwait(false);
        if (request.File is not null)
        {
            // A GGUF file says itself what it is.
            return;
        }

        await machine.Shared!
            .OnceAsync($"check {model} {request.Revision}", () => ModelSource.CheckAsync(model, request.Revision, machine, cancellationToken))
            .ConfigureAwait(false);
    }

    // Everything but the model.
    private static async Task<Settled> SettleAsync(RunRequest request, Manifest? there, RunMachine machine, CancellationToken cancellationToken)
    {
        var faults = new PlanFaults();
        var measurement = request.Measurement.Over(there?.Measurement, request.Encoding);
        var templates = faults.Try(() => request.TemplateFile is { } file
            ? PromptTemplateFile.AddTo(Path.Combine(machine.WorkingFolder, file))
            : PromptTemplate.BuiltIn) ?? PromptTemplate.BuiltIn;
        var template = request.TemplateFile is null ? request.Encoding.Template : templates.Count - 1;
        PromptSetResult? prompts = null;
        await faults
            .TryAsync(async () => prompts = await PromptSource.ReadAsync(request, there?.Prompts, template, machine, cancellationToken).ConfigureAwait(false))
            .ConfigureAwait(false);
        var samples = prompts is null || request.Encoding.Continuations != "given" ? request.Encoding.Samples : faults.Try(() => MostGiven(prompts, request));
        if (request.IsMeasured)
        {
            await faults.TryAsync(() => ScorerSource.CheckAsync(measurement.Scorers, machine, cancellationToken)).ConfigureAwait(false);
        }

        AdapterFolder? adapter = null;
        if (request.Adapter is { } name)
        {
            var commit = there?.Model.Adapter is { } before && before.Name == name ? before.Commit : null;
            await faults
                .TryAsync(async () => adapter = await AdapterFolder.OpenAsync(name, commit, machine, cancellationToken).ConfigureAwait(false))
                .ConfigureAwait(false);
        }

        // Last of what can be wrong: it may take an hour of downloading.
        faults.ThrowIfAny();
        return new Settled(measurement, templates, template, prompts!, samples, adapter);
    }

    // Runs of one study that have the same model read its files once.
    private static T Once<T>(RunMachine machine, string what, ModelFolder folder, Func<T> find)
        where T : notnull => machine.Shared is { } shared ? shared.Once($"{what} {folder.FullPath}", find) : find();

    // What a run that has begun says of itself.
    private static Manifest? ManifestOf(RunRequest request, RunMachine machine)
    {
        var path = Path.Combine(machine.WorkingFolder, request.Output);
        return RunFolder.Exists(path) ? RunFolder.Open(path).ReadManifest() : null;
    }

    // A branch moves on; a run that has begun goes on with the commit it began with.
    private static string? CommitOf(RunRequest request, ModelManifest? there) =>
        there is { Commit: { } commit } && there.Name == request.Model && there.Revision == (request.Revision ?? HubModels.DefaultRevision) ? commit : null;

    private static int MostGiven(PromptSetResult prompts, RunRequest request)
    {
        var most = prompts.Prompts.Max(prompt => prompt.Continuations.Count);
        return most > 0
            ? most
            : throw new InputException(
                "wrong-usage",
                "--continuations given",
                $"{request.Prompts ?? "the demo's prompt set"} has no continuations",
                "Use --continuations sampled, or a prompt set that has them (docs/guide/prompt-sets.md)");
    }

    private static ChatTemplate? ChatTemplateFor(RunRequest request, ModelFolder folder, RunMachine machine)
    {
        var given = request.Encoding.Continuations == "given";
        var variables = request.Encoding.ChatVariables;
        var template = request.Chat == "off" || (request.Chat == "auto" && given)
            ? null
            : ChatTemplateSource.FromFolder(folder.FullPath, new ChatTemplateOptions { Variables = variables ?? new Dictionary<string, JsonElement>() });
        if (template is null && request.Chat == "on")
        {
            throw new InputException("wrong-usage", "--chat on", $"'{folder.Name}' has no chat template", "Leave --chat out, or use --chat off");
        }

        if (template is null && (variables is not null || request.Encoding.BeginsChats))
        {
            throw new InputException(
                "wrong-usage",
                variables is not null ? "--chat-variable" : "--begin-chats",
                request.Chat == "off" || given ? "no chat template is applied" : $"'{folder.Name}' has no chat template",
                "Leave it out, or apply a chat template (--chat on)");
        }

        if (request.Chat == "auto")
        {
            machine.Log.Say(
                template is not null ? "chat template: applied (--chat off to leave it out)"
                : given ? "chat template: not applied to given continuations (--chat on to apply it)"
                : "chat template: the model has none");
        }

        return template;
    }

    private sealed record Settled(
        MeasurementManifest Measurement,
        IReadOnlyList<PromptTemplate> Templates,
        int Template,
        PromptSetResult Prompts,
        int Samples,
        AdapterFolder? Adapter);
}
