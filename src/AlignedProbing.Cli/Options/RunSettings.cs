using System.CommandLine;
using System.Globalization;
using AlignedProbing.Runs;

namespace AlignedProbing.Cli.Options;

/// <summary>What a command line asks for, checked as a whole before anything costly starts.</summary>
internal sealed record RunSettings
{
    /// <summary>The model: a folder, or a name on the Hub; null for the demo model.</summary>
    public string? Model { get; init; }

    /// <summary>Branch, tag or commit on the Hub; null where none was named.</summary>
    public string? Revision { get; init; }

    /// <summary>The prompt set; null for the demo's.</summary>
    public string? Prompts { get; init; }

    /// <summary>The field of the prompt set with the prompt text; null for the forms of this program's own.</summary>
    public string? PromptField { get; init; }

    /// <summary>The field of the prompt set with the continuations; null for the forms of this program's own.</summary>
    public string? ContinuationField { get; init; }

    /// <summary>The run folder; null to name it after model and prompts.</summary>
    public string? Output { get; init; }

    /// <summary>Prompts to use at most.</summary>
    public int? Limit { get; init; }

    /// <summary>How prompts are encoded, as far as options alone say; the chat template is settled with the tokenizer.</summary>
    public required EncodingManifest Encoding { get; init; }

    /// <summary>auto, on or off.</summary>
    public required string Chat { get; init; }

    /// <summary>A template file; null where a number was given.</summary>
    public string? TemplateFile { get; init; }

    /// <summary>What is scored and probed.</summary>
    public required MeasurementManifest Measurement { get; init; }

    /// <summary>Folder of an adapter, or its name on the Hub; null for none.</summary>
    public string? Adapter { get; init; }

    /// <summary>How weights are held.</summary>
    public required string Precision { get; init; }

    /// <summary>Where tensors live.</summary>
    public required string Device { get; init; }

    /// <summary>Prompts run together; null to choose.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Threads; null for all cores.</summary>
    public int? Threads { get; init; }

    /// <summary>Seed of the control tasks that encode again.</summary>
    public int ControlSeed { get; init; }

    /// <summary>This machine's share of the units.</summary>
    public Shard Shard { get; init; } = Shard.All;

    /// <summary>Whether this is the demonstration.</summary>
    public bool Demo => Model is null;

    /// <summary>Reads a command line of <c>run</c> or <c>encode</c>.</summary>
    /// <exception cref="InputException">Something is wrong; every fault is listed with its remedy.</exception>
    public static RunSettings From(ParseResult parsed, Func<string, string?> variable)
    {
        var continuations = parsed.GetValue(CommonOptions.Continuations)!;
        var template = parsed.GetValue(CommonOptions.Template)!;
        var isNumber = int.TryParse(template, NumberStyles.None, CultureInfo.InvariantCulture, out var templateNumber);
        var settings = new RunSettings
        {
            Model = parsed.GetValue(CommonOptions.Model),
            Revision = parsed.GetValue(CommonOptions.Revision),
            Adapter = parsed.GetValue(CommonOptions.Adapter),
            Prompts = parsed.GetValue(CommonOptions.Prompts),
            PromptField = parsed.GetValue(CommonOptions.PromptField),
            ContinuationField = parsed.GetValue(CommonOptions.ContinuationField),
            Output = parsed.GetValue(CommonOptions.Output) ?? DefaultOutput(parsed, variable),
            Limit = parsed.GetValue(CommonOptions.Limit),
            Encoding = new EncodingManifest
            {
                Continuations = continuations,
                Samples = parsed.GetValue(CommonOptions.Samples),
                MaxNewTokens = parsed.GetValue(CommonOptions.MaxNewTokens),
                Temperature = parsed.GetValue(CommonOptions.Temperature),
                TopP = parsed.GetValue(CommonOptions.TopP),
                TopK = parsed.GetValue(CommonOptions.TopK),
                Seed = parsed.GetValue(CommonOptions.Seed),
                Template = isNumber ? templateNumber : 0,
                Pooling = Split(parsed.GetValue(CommonOptions.Pooling)!),
                ReferencePooling = parsed.GetValue(CommonOptions.Reference),
                Keep = [.. parsed.GetValue(CommonOptions.Keep)!.Distinct().Order()],
                VectorType = parsed.GetValue(CommonOptions.VectorType)!,
                Chunk = parsed.GetValue(CommonOptions.Chunk),
            },
            Chat = parsed.GetValue(CommonOptions.Chat)!,
            TemplateFile = isNumber ? null : template,
            Measurement = MeasurementOf(parsed, continuations),
            Precision = parsed.GetValue(CommonOptions.Precision)!,
            Device = parsed.GetValue(CommonOptions.Device)!,
            BatchSize = BatchSizeOf(parsed.GetValue(CommonOptions.BatchSize)!),
            Threads = parsed.GetValue(CommonOptions.Threads),
            ControlSeed = parsed.GetValue(CommonOptions.ControlSeed),
            Shard = ShardOf(parsed),
        };
        settings.Validate();
        return settings;
    }

    /// <summary>The share of units that <c>--shard</c> asks for; all where it is left out.</summary>
    public static Shard ShardOf(ParseResult parsed) => parsed.GetValue(CommonOptions.Shard) is { } text ? Shard.Parse(text) : Shard.All;

    /// <summary>Lists that people write with blanks or commas.</summary>
    public static IReadOnlyList<string> Split(IEnumerable<string> values) =>
        [
            .. values
                .SelectMany(value => value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                .Distinct(StringComparer.Ordinal),
        ];

    /// <summary>The continuations that <c>--probe-continuations</c> names.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="kept">Those that were kept.</param>
    public static IReadOnlyList<int> ProbedContinuations(ParseResult parsed, IEnumerable<int> kept)
    {
        var text = parsed.GetValue(CommonOptions.ProbeContinuations)!;
        return text == "kept" ? [.. kept.Distinct().Order()] : LayerList.Parse(text, "--probe-continuations") ?? [0];
    }

    private static MeasurementManifest MeasurementOf(ParseResult parsed, string continuations)
    {
        var scorers = Split(parsed.GetValue(CommonOptions.Scorer)!);
        var attributes = Split(parsed.GetValue(CommonOptions.Attributes)!);
        return new MeasurementManifest
        {
            Scorers = scorers.Count > 0 ? scorers : [continuations == "given" ? "given" : "ngram"],
            PromptScores = parsed.GetValue(CommonOptions.PromptScores)!,
            Probes = Split(parsed.GetValue(CommonOptions.Probe)!),
            Layers = LayerList.Parse(parsed.GetValue(CommonOptions.Layers)),
            Attributes = attributes.Count > 0 ? attributes : null,
            Pooling = Split(parsed.GetValue(CommonOptions.Pooling)!) is [var first, ..] ? first : "mean",
            Controls = Split(parsed.GetValue(CommonOptions.Control)!),
            HiddenUnits = parsed.GetValue(CommonOptions.HiddenUnits),
            Standardise = parsed.GetValue(CommonOptions.Standardise),
            OnlineCoding = parsed.GetValue(CommonOptions.OnlineCoding),
            GroupDuplicates = parsed.GetValue(CommonOptions.GroupDuplicates),
            ProbedContinuations = ProbedContinuations(parsed, parsed.GetValue(CommonOptions.Keep)!),
            Backward = parsed.GetValue(CommonOptions.Backward)!,
        };
    }

    private static string? DefaultOutput(ParseResult parsed, Func<string, string?> variable)
    {
        var model = parsed.GetValue(CommonOptions.Model);
        var prompts = parsed.GetValue(CommonOptions.Prompts);
        var adapter = parsed.GetValue(CommonOptions.Adapter) is { } path ? $"-{Path.GetFileName(Path.TrimEndingDirectorySeparator(path))}" : "";
        var name =
            model is null && prompts is null && adapter.Length == 0
                ? "demo"
                : $"{ModelName()}{adapter}-{(prompts is null ? "demo" : Path.GetFileNameWithoutExtension(prompts))}";
        return Path.Combine(variable("RESULT_PATH") is { Length: > 0 } folder ? folder : "runs", name);

        // Versions of one model are models of their own; a dot in a model's name is no extension.
        string ModelName() =>
            model is null
                ? "demo"
                : Path.GetFileName(Path.TrimEndingDirectorySeparator(model))
                    + (parsed.GetValue(CommonOptions.Revision) is { } revision ? $"-{revision.Replace('/', '-')}" : "");
    }

    private static int? BatchSizeOf(string text) =>
        text == "auto" ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size > 0 ? size
        : throw new InputException("wrong-usage", $"--batch-size {text}", "it is neither a number above 0 nor auto", "Leave it out to let the program choose");

    private void Validate()
    {
        var faults = new List<string>();
        Check(Encoding.Samples is >= 1 and <= 10_000, $"--samples {Encoding.Samples}: give 1 to 10000");
        Check(Encoding.MaxNewTokens is >= 1 and <= 100_000, $"--max-new-tokens {Encoding.MaxNewTokens}: give at least 1");
        Check(Encoding.Temperature is >= 0 and <= 100, Invariant($"--temperature {Encoding.Temperature}: give 0 (greedy) or more"));
        Check(Encoding.TopP is > 0 and <= 1, Invariant($"--top-p {Encoding.TopP}: give a probability above 0 and up to 1"));
        Check(Encoding.TopK >= 0, $"--top-k {Encoding.TopK}: give 0 (all) or more");
        Check(Encoding.Chunk >= 1, $"--chunk {Encoding.Chunk}: give at least 1");
        Check(Limit is null or >= 1, $"--limit {Limit}: give at least 1");
        Check(Threads is null or >= 1, $"--threads {Threads}: give at least 1");
        Check(TemplateFile is not null || Encoding.Template is >= 0 and <= 4, $"--template {Encoding.Template}: give 0 to 4, or a file");
        Check(Encoding.Keep.Count > 0 && Encoding.Keep.All(number => number >= 0), "--keep: give numbers of continuations, from 0");
        Check(
            Encoding.Continuations == "given" || Encoding.Keep.All(number => number < Encoding.Samples),
            $"--keep {string.Join(' ', Encoding.Keep)}: only continuations 0 to {Encoding.Samples - 1} are sampled");
        Check(Measurement.Scorers.Count > 0, "--scorer: name at least one");
        Check(
            Encoding.Continuations == "given" || !Measurement.Scorers.Contains("given"),
            "--scorer given: sampled continuations have no given scores; use --continuations given, or another scorer (with --prompt-scores given to keep " +
            "the set's scores for prompts)");
        Check(Model is not null || Revision is null, $"--revision {Revision} without --model: name the model");
        Check(Model is not null || Prompts is null || Output is not null, "--prompts without --model: name the model");
        Check(
            Encoding.Continuations == "given" || ContinuationField is null,
            $"--continuation-field {ContinuationField}: continuations are sampled; add --continuations given to take the file's");
        Check(
            Prompts is not null and not "demo" || (PromptField ?? ContinuationField) is null,
            "--prompt-field and --continuation-field name fields of a file: give --prompts FILE");
        foreach (var pooling in Encoding.Pooling)
        {
            Check(pooling is "mean" or "last" or "max" or "mean-without-first", $"--pooling {pooling}: give mean, last, max or mean-without-first");
        }

        if (faults.Count > 0)
        {
            throw new InputException(
                "wrong-usage",
                "reading the options",
                faults.Count == 1 ? faults[0] : $"{faults.Count} are wrong:\n  " + string.Join("\n  ", faults),
                "Nothing was started; --help shows every option with its default");
        }

        void Check(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add(fault);
            }
        }

        static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }
}
