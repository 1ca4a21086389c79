using AlignedProbing.Runs;
using AlignedProbing.Settings;
using AlignedProbing.Torch.Running.Clusters;
using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Torch.Running;

/// <summary>What a run is asked: every option, settled.</summary>
public sealed record RunRequest
{
    /// <summary>The model: a folder, or a name on the Hub; null for the demo model.</summary>
    public string? Model { get; init; }

    /// <summary>Branch, tag or commit on the Hub; null where none was named.</summary>
    public string? Revision { get; init; }

    /// <summary>A GGUF file of the model's repository on the Hub; null for none.</summary>
    public string? File { get; init; }

    /// <summary>The prompt set: a file, or the name of a data set on the Hub; null for the demo's.</summary>
    public string? Prompts { get; init; }

    /// <summary>The file of a data set on the Hub; null for the only one that can be read.</summary>
    public string? PromptsFile { get; init; }

    /// <summary>Branch, tag or commit of a data set on the Hub; null where none was named.</summary>
    public string? PromptsRevision { get; init; }

    /// <summary>The field of the prompt set with the prompt text; null for the forms of this program's own.</summary>
    public string? PromptField { get; init; }

    /// <summary>The field of the prompt set with the continuations; null for the forms of this program's own.</summary>
    public string? ContinuationField { get; init; }

    /// <summary>The run folder.</summary>
    public required string Output { get; init; }

    /// <summary>Prompts to use at most.</summary>
    public int? Limit { get; init; }

    /// <summary>How prompts are encoded, as far as options alone say; the chat template is settled with the tokenizer.</summary>
    public EncodingManifest Encoding { get; init; } = new();

    /// <summary>auto, on or off.</summary>
    public string Chat { get; init; } = "auto";

    /// <summary>A template file; null where a number was given.</summary>
    public string? TemplateFile { get; init; }

    /// <summary>What is scored and probed, as it was typed.</summary>
    public MeasurementAsked Measurement { get; init; } = MeasurementAsked.From(GivenSettings.Parse([]));

    /// <summary>Whether anything is measured; otherwise prompts are encoded and no more.</summary>
    public bool IsMeasured { get; init; } = true;

    /// <summary>Folder of an adapter, or its name on the Hub; null for none.</summary>
    public string? Adapter { get; init; }

    /// <summary>How weights are held.</summary>
    public WeightPrecision Precision { get; init; } = WeightPrecision.Full;

    /// <summary>Where tensors live.</summary>
    public DeviceName Device { get; init; }

    /// <summary>Prompts run together; null to choose.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Threads; null for all cores.</summary>
    public int? Threads { get; init; }

    /// <summary>The control tasks that were named.</summary>
    public IReadOnlyList<string> Controls { get; init; } = [];

    /// <summary>Seed of the control tasks that encode again.</summary>
    public int ControlSeed { get; init; }

    /// <summary>This machine's share of the units.</summary>
    public Shard Shard { get; init; } = Shard.All;

    /// <summary>How long a claim of a unit holds that is not renewed; null: units are not claimed.</summary>
    public TimeSpan? ClaimFor { get; init; }

    /// <summary>Whether this process works on the run alone.</summary>
    public bool IsAlone => Shard == Shard.All && ClaimFor is null;

    /// <summary>Whether this is the demonstration.</summary>
    public bool Demo => Model is null;

    /// <summary>The options that describe a run, whatever is measured of it.</summary>
    public static IReadOnlyList<Setting> OfEncoding { get; } =
    [
        ModelSettings.Model,
        ModelSettings.Revision,
        ModelSettings.File,
        ModelSettings.Adapter,
        ModelSettings.Precision,
        PromptSettings.Prompts,
        PromptSettings.PromptsFile,
        PromptSettings.PromptsRevision,
        PromptSettings.PromptField,
        PromptSettings.ContinuationField,
        PromptSettings.Limit,
        PromptSettings.Template,
        PromptSettings.Chat,
        PromptSettings.ChatVariable,
        PromptSettings.BeginChats,
        .. ContinuationSettings.All,
        ProbeSettings.Control,
        ProbeSettings.ControlSeed,
        MachineSettings.Output,
        MachineSettings.Device,
        MachineSettings.BatchSize,
        MachineSettings.Threads,
        MachineSettings.Shard,
        MachineSettings.Claim,
        MachineSettings.ClaimSeconds,
    ];

    /// <summary>Reads the options of <c>run</c> or <c>encode</c>.</summary>
    /// <param name="given">The options.</param>
    /// <param name="variable">Variables of the environment.</param>
    /// <param name="measurement">What is scored and probed; null where that is not asked.</param>
    /// <param name="isShared">Whether a share or claims may be asked for.</param>
    /// <exception cref="InputException">Something is wrong; every fault is listed with its remedy.</exception>
    public static RunRequest From(GivenSettings given, Func<string, string?> variable, MeasurementAsked? measurement = null, bool isShared = true)
    {
        ArgumentNullException.ThrowIfNull(given);
        var template = given.Value(PromptSettings.Template);
        var encoding = new EncodingManifest
        {
            Continuations = given.Value(ContinuationSettings.Continuations),
            Samples = given.Value(ContinuationSettings.Samples),
            MaxNewTokens = given.Value(ContinuationSettings.MaxNewTokens),
            Temperature = given.Value(ContinuationSettings.Temperature),
            TopP = given.Value(ContinuationSettings.TopP),
            TopK = given.Value(ContinuationSettings.TopK),
            Seed = given.Value(ContinuationSettings.Seed),
            Template = template.Number ?? 0,
            BeginsChats = given.Value(PromptSettings.BeginChats),
            ChatVariables = given.Value(PromptSettings.ChatVariable) is { Count: > 0 } variables ? variables : null,
            Pooling = given.Value(ContinuationSettings.Pooling),
            ReferencePooling = given.Value(ContinuationSettings.Reference),
            Keep = given.Value(ContinuationSettings.Keep),
            VectorType = given.Value(ContinuationSettings.VectorType),
            Chunk = given.Value(ContinuationSettings.Chunk),
        };
        var settings = new RunRequest
        {
            Model = given.Value(ModelSettings.Model),
            Revision = given.Value(ModelSettings.Revision),
            File = given.Value(ModelSettings.File),
            Adapter = given.Value(ModelSettings.Adapter),
            Prompts = given.Value(PromptSettings.Prompts),
            PromptsFile = given.Value(PromptSettings.PromptsFile),
            PromptsRevision = given.Value(PromptSettings.PromptsRevision),
            PromptField = given.Value(PromptSettings.PromptField),
            ContinuationField = given.Value(PromptSettings.ContinuationField),
            Output = given.Value(MachineSettings.Output) ?? DefaultOutput(given, variable),
            Limit = given.Value(PromptSettings.Limit),
            Encoding = encoding,
            Chat = given.Value(PromptSettings.Chat),
            TemplateFile = template.File,
            Measurement = measurement ?? MeasurementAsked.From(GivenSettings.Parse([])),
            IsMeasured = measurement is not null,
            Precision = PrecisionNames.Parse(given.Value(ModelSettings.Precision)),
            Device = given.Value(MachineSettings.Device),
            BatchSize = given.Value(MachineSettings.BatchSize),
            Threads = given.Value(MachineSettings.Threads),
            Controls = given.Value(ProbeSettings.Control),
            ControlSeed = given.Value(ProbeSettings.ControlSeed),
            Shard = isShared ? ShardOf(given, variable) : Shard.All,
            ClaimFor = isShared ? ClaimOf(given) : null,
        };
        settings.AddFaults(given.Faults);
        given.Faults.ThrowIfAny();
        return settings;
    }

    /// <summary>The share of units that <c>--shard</c> asks for; all where it is left out.</summary>
    /// <param name="given">The options.</param>
    /// <param name="variable">Variables of the environment, which say the share of an array task.</param>
    /// <exception cref="InputException"><c>wrong-usage</c>: <c>auto</c> was asked for outside of an array.</exception>
    public static Shard ShardOf(GivenSettings given, Func<string, string?> variable) =>
        given.Value(MachineSettings.Shard) is not { } share ? Shard.All
        : share.IsAuto ? ArrayTask.ShareOf(variable)
        : new Shard(share.Index, share.Count);

    /// <summary>How long the claims of <c>--claim</c> hold that are not renewed; null where it is left out.</summary>
    public static TimeSpan? ClaimOf(GivenSettings given)
    {
        var seconds = given.Value(MachineSettings.ClaimSeconds);
        return given.Value(MachineSettings.Claim) ? TimeSpan.FromSeconds(seconds) : null;
    }

    private static string DefaultOutput(GivenSettings given, Func<string, string?> variable)
    {
        var model = given.Value(ModelSettings.Model);
        var prompts = given.Value(PromptSettings.Prompts);
        var adapter = given.Value(ModelSettings.Adapter) is { } path ? $"-{Path.GetFileName(Path.TrimEndingDirectorySeparator(path))}" : "";
        var name =
            model is null && prompts is null && adapter.Length == 0
                ? "demo"
                : $"{ModelName()}{adapter}-{(prompts is null ? "demo" : Path.GetFileNameWithoutExtension(prompts))}";
        return Path.Combine(variable("RESULT_PATH") is { Length: > 0 } folder ? folder : "runs", name);

        // Versions of one model are models of their own; a dot in a model's name is no extension.
        string ModelName() =>
            model is null
                ? "demo"
                : given.Value(ModelSettings.File) is { } file ? Path.GetFileNameWithoutExtension(file)
                : Path.GetFileName(Path.TrimEndingDirectorySeparator(model))
                    + (given.Value(ModelSettings.Revision) is { } revision ? $"-{revision.Replace('/', '-')}" : "");
    }

    /// <summary>Checks what was asked.</summary>
    /// <exception cref="InputException"><c>wrong-usage</c>; every fault is named.</exception>
    public void Validate()
    {
        var faults = new SettingFaults();
        AddFaults(faults);
        faults.ThrowIfAny();
    }

    private void AddFaults(SettingFaults faults)
    {
        var isGiven = Encoding.Continuations == "given";
        faults.Require(
            isGiven || Encoding.Keep.All(number => number < Encoding.Samples),
            $"--keep {string.Join(' ', Encoding.Keep)}: only continuations 0 to {Encoding.Samples - 1} are sampled");
        faults.Require(
            isGiven || !Measurement.Names("given"),
            "--scorer given: sampled continuations have no given scores; use --continuations given, or another scorer (with --prompt-scores given to keep " +
            "the set's scores for prompts)");
        faults.Require(Model is not null || Revision is null, $"--revision {Revision} without --model: name the model");
        faults.Require(Model is not null || File is null, $"--file {File} without --model: name the repository");
        faults.Require(
            isGiven || ContinuationField is null,
            $"--continuation-field {ContinuationField}: continuations are sampled; add --continuations given to take the file's");
        faults.Require(
            Prompts is not null and not "demo" || (PromptsFile ?? PromptsRevision) is null,
            "--prompts-file and --prompts-revision are of a data set on the Hub: name it with --prompts org/name");
        faults.Require(
            Prompts is not null and not "demo" || (PromptField ?? ContinuationField) is null,
            "--prompt-field and --continuation-field name fields of a file: give --prompts FILE");
    }
}
