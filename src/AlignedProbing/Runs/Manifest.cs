using AlignedProbing.Runs.Interventions;

namespace AlignedProbing.Runs;

/// <summary>
/// What a run is of: <c>manifest.json</c>. Written once, never changed. It holds its identity: everything that its encodings depend on and nothing else. Batch
/// size, threads, machine and times are in each chunk's <c>unit.json</c>. Going on with a run compares manifests and names every difference.
/// </summary>
public sealed record Manifest
{
    /// <summary>The version of the run folder's format that is written; older ones are read.</summary>
    public const int CurrentFormat = 2;

    /// <summary>Version of the run folder's format. In version 1 the manifest also held what is measured.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Whether the model is the one that comes with the program; reports say so plainly.</summary>
    public bool Demo { get; init; }

    /// <summary>The model.</summary>
    public required ModelManifest Model { get; init; }

    /// <summary>The prompt set.</summary>
    public required PromptSetManifest Prompts { get; init; }

    /// <summary>How prompts are encoded.</summary>
    public required EncodingManifest Encoding { get; init; }

    /// <summary>
    /// What is scored and probed when nothing else is asked. No part of the identity: the stages keep it in <c>scores/options.json</c> and
    /// <c>probes/options.json</c>, and it may change.
    /// </summary>
    public MeasurementManifest Measurement { get; init; } = MeasurementManifest.Usual;

    /// <summary>What edits the model, of a run that is derived from another one; null: nothing does.</summary>
    public InterventionManifest? Intervention { get; init; }
}

/// <summary>Which model was run.</summary>
public sealed record ModelManifest
{
    /// <summary>Its name: the last part of its folder's path, for paths differ between machines, or the whole name on the Hub.</summary>
    public required string Name { get; init; }

    /// <summary>Its <c>model_type</c>, for example <c>llama</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>Number of hidden states: blocks + 1.</summary>
    public required int Layers { get; init; }

    /// <summary>Width of a hidden state.</summary>
    public required int Width { get; init; }

    /// <summary>Number of parameters.</summary>
    public long Parameters { get; init; }

    /// <summary>The revision asked for (branch, tag, commit) where the model came from the Hub; otherwise null.</summary>
    public string? Revision { get; init; }

    /// <summary>The commit that the revision named when the run began, and that it goes on with; null where the model did not come from the Hub.</summary>
    public string? Commit { get; init; }

    /// <summary>The file of its repository on the Hub that was asked for, where it is a GGUF file; otherwise null.</summary>
    public string? File { get; init; }

    /// <summary>full, bf16, half, eight_bit or four_bit.</summary>
    public string Precision { get; init; } = "full";

    /// <summary>The few bits that its files hold linear layers in: <c>gptq int4, groups of 128</c>; null where they are plain numbers.</summary>
    public string? WeightFormat { get; init; }

    /// <summary>Tokens above which its rotary positions depend on a text's length, of which every text takes its own; null: they do not.</summary>
    public int? RotaryByLengthAbove { get; init; }

    /// <summary>The adapter put on it; null for none.</summary>
    public AdapterManifest? Adapter { get; init; }

    /// <summary>Its files (weights, configuration, tokenizer) with their hashes, by name.</summary>
    public IReadOnlyDictionary<string, string> Sha256 { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>Which adapter was put on the model.</summary>
public sealed record AdapterManifest
{
    /// <summary>Its name: the last part of its folder, or its name on the Hub.</summary>
    public required string Name { get; init; }

    /// <summary>The revision on the Hub; null where it is a folder.</summary>
    public string? Revision { get; init; }

    /// <summary>The commit on the Hub; null where it is a folder.</summary>
    public string? Commit { get; init; }

    /// <summary>Its files (weights and configuration) with their hashes, by name.</summary>
    public required IReadOnlyDictionary<string, string> Sha256 { get; init; }
}

/// <summary>Which prompts were used.</summary>
public sealed record PromptSetManifest
{
    /// <summary>File name of the prompt set, or the name of the data set on the Hub.</summary>
    public required string Name { get; init; }

    /// <summary>The file's path in the data set on the Hub; null where the prompt set is a file of this machine.</summary>
    public string? File { get; init; }

    /// <summary>The revision asked for (branch, tag, commit) on the Hub; null where it is a file of this machine.</summary>
    public string? Revision { get; init; }

    /// <summary>The commit that the revision named when the run began, and that it goes on with; null where it is a file of this machine.</summary>
    public string? Commit { get; init; }

    /// <summary>SHA-256 of the file.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Whether the prompts are those that come with the program; reports say so plainly.</summary>
    public bool Demo { get; init; }

    /// <summary>The limit asked for; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>The field asked for as prompt text; null where none was named.</summary>
    public string? PromptField { get; init; }

    /// <summary>The field asked for as continuations; null where none was named.</summary>
    public string? ContinuationField { get; init; }

    /// <summary>Rows read.</summary>
    public required int Read { get; init; }

    /// <summary>Rows used.</summary>
    public required int Used { get; init; }

    /// <summary>Prompts that the used rows make: rows of one id are continuations of one prompt.</summary>
    public required int Prompts { get; init; }

    /// <summary>Rows left out, by reason.</summary>
    public IReadOnlyDictionary<string, int> LeftOut { get; init; } = new SortedDictionary<string, int>(StringComparer.Ordinal);
}

/// <summary>How prompts are encoded and continued.</summary>
public sealed record EncodingManifest
{
    /// <summary><c>sampled</c> or <c>given</c>.</summary>
    public string Continuations { get; init; } = "sampled";

    /// <summary>Continuations sampled for each prompt; for given ones the largest number a prompt has.</summary>
    public int Samples { get; init; } = 25;

    /// <summary>New tokens at most.</summary>
    public int MaxNewTokens { get; init; } = 20;

    /// <summary>Sampling temperature.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Nucleus: the smallest set of tokens whose probability reaches this.</summary>
    public double TopP { get; init; } = 0.9;

    /// <summary>The k most probable tokens; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>Seed of all sampling.</summary>
    public int Seed { get; init; } = 42;

    /// <summary>Template number; 5 is one of the user's own.</summary>
    public int Template { get; init; }

    /// <summary>The template's system text; null where it has none.</summary>
    public string? TemplateSystem { get; init; }

    /// <summary>The template's user text, with {prompt} where the prompt text comes.</summary>
    public string TemplateUser { get; init; } = "{prompt}";

    /// <summary>Whether the tokenizer's chat template was applied.</summary>
    public bool ChatTemplate { get; init; }

    /// <summary>Whether the tokenizer's beginning token was put before chats whose template writes none; transformers does not.</summary>
    public bool BeginsChats { get; init; }

    /// <summary>Variables that the chat template was given, by name; null for none.</summary>
    public IReadOnlyDictionary<string, System.Text.Json.JsonElement>? ChatVariables { get; init; }

    /// <summary>Kinds of pooling kept: mean, last, max, mean-without-first.</summary>
    public IReadOnlyList<string> Pooling { get; init; } = ["mean"];

    /// <summary>Whether vectors are pooled as the paper's scripts do it (docs/reference/encoding.md), for comparison.</summary>
    public bool ReferencePooling { get; init; }

    /// <summary>Numbers of the continuations whose output vectors are kept.</summary>
    public IReadOnlyList<int> Keep { get; init; } = [0];

    /// <summary>float32 or float16, as vectors are stored.</summary>
    public string VectorType { get; init; } = "float32";

    /// <summary>Prompts in a chunk.</summary>
    public int Chunk { get; init; } = 64;
}

/// <summary>What is scored and probed when nothing else is asked.</summary>
public sealed record MeasurementManifest
{
    /// <summary>What is measured where nobody said anything.</summary>
    public static MeasurementManifest Usual { get; } = new() { Scorers = ["ngram"] };

    /// <summary>Names of the scorers.</summary>
    public required IReadOnlyList<string> Scorers { get; init; }

    /// <summary>Whether prompt scores come from the scorer (<c>scorer</c>) or from the prompt set (<c>given</c>).</summary>
    public string PromptScores { get; init; } = "scorer";

    /// <summary>Names of the probes: linear, ridge.</summary>
    public IReadOnlyList<string> Probes { get; init; } = ["linear", "ridge"];

    /// <summary>Layers probed; null for all.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>Attributes probed; null for all the scorer has, and length.</summary>
    public IReadOnlyList<string>? Attributes { get; init; }

    /// <summary>Which pooling is probed.</summary>
    public string Pooling { get; init; } = "mean";

    /// <summary>Control tasks trained beside the labels: randomization, or none.</summary>
    public IReadOnlyList<string> Controls { get; init; } = [];

    /// <summary>Units of each hidden layer of probes that have some.</summary>
    public int HiddenUnits { get; init; } = 64;

    /// <summary>Whether features are standardised by each fold's training rows.</summary>
    public bool Standardise { get; init; }

    /// <summary>Whether each cell's training labels are coded online too.</summary>
    public bool OnlineCoding { get; init; }

    /// <summary>Whether prompts that are nearly identical are kept within one fold.</summary>
    public bool GroupDuplicates { get; init; }

    /// <summary>The continuations whose vectors Forward and Output read.</summary>
    public IReadOnlyList<int> ProbedContinuations { get; init; } = [0];

    /// <summary>What Backward predicts of a prompt's continuations: <c>max</c> or <c>mean</c>.</summary>
    public string Backward { get; init; } = "max";
}
