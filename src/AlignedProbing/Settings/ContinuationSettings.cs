namespace AlignedProbing.Settings;

/// <summary>Continuations, and the vectors kept of them.</summary>
public static class ContinuationSettings
{
    /// <summary><c>--continuations</c>.</summary>
    public static Setting<string> Continuations { get; } = new()
    {
        Name = "--continuations",
        Value = Values.Choice("sampled", "given"),
        Preset = "sampled",
        Section = HelpSection.Generation,
        Scope = SettingScope.Identity,
        Field = "encoding.continuations",
        Help = "Sample continuations from the model, or take the prompt set's own.",
    };

    /// <summary><c>--samples</c>.</summary>
    public static Setting<int> Samples { get; } = new()
    {
        Name = "--samples",
        Value = Values.Whole(1, 10_000),
        Preset = 25,
        Section = HelpSection.Generation,
        Scope = SettingScope.Identity,
        Field = "encoding.samples",
        Help = "Continuations sampled for each prompt.",
    };

    /// <summary><c>--max-new-tokens</c>.</summary>
    public static Setting<int> MaxNewTokens { get; } = new()
    {
        Name = "--max-new-tokens",
        Value = Values.Whole(1, 100_000),
        Preset = 20,
        Section = HelpSection.Generation,
        Scope = SettingScope.Identity,
        Field = "encoding.max_new_tokens",
        Help = "Tokens of a continuation at most.",
    };

    /// <summary><c>--temperature</c>.</summary>
    public static Setting<double> Temperature { get; } = new()
    {
        Name = "--temperature",
        Value = Values.Real("a number from 0 (greedy) to 100", value => value is >= 0 and <= 100),
        Preset = 1,
        Section = HelpSection.Generation,
        Scope = SettingScope.Identity,
        Field = "encoding.temperature",
        Help = "Sampling temperature; 0 takes the most probable token.",
    };

    /// <summary><c>--top-p</c>.</summary>
    public static Setting<double> TopP { get; } = new()
    {
        Name = "--top-p",
        Value = Values.Real("a probability above 0 and up to 1", value => value is > 0 and <= 1),
        Preset = 0.9,
        Section = HelpSection.Generation,
        Scope = SettingScope.Identity,
        Field = "encoding.top_p",
        Help = "Sample from the smallest set of tokens that holds this probability.",
    };

    /// <summary><c>--top-k</c>.</summary>
    public static Setting<int> TopK { get; } = new()
    {
        Name = "--top-k",
        Value = Values.Whole(0),
        Section = HelpSection.Generation,
        Scope = SettingScope.Identity,
        Field = "encoding.top_k",
        Help = "Sample from the K most probable tokens; 0 for all.",
    };

    /// <summary><c>--seed</c>.</summary>
    public static Setting<int> Seed { get; } = new()
    {
        Name = "--seed",
        Value = Values.Whole(int.MinValue),
        Preset = 42,
        Section = HelpSection.Generation,
        Scope = SettingScope.Identity,
        Field = "encoding.seed",
        Help = "Seed of all sampling.",
    };

    /// <summary><c>--pooling</c>.</summary>
    public static Setting<IReadOnlyList<string>> Pooling { get; } = new()
    {
        Name = "--pooling",
        Value = Values.Names("mean", "last", "max", "mean-without-first") with { Shape = "KIND" },
        Preset = ["mean"],
        Section = HelpSection.Generation,
        Scope = SettingScope.Identity,
        Field = "encoding.pooling",
        Help = "How token states become one vector. The first kind named is the one that is probed.",
    };

    /// <summary><c>--reference</c>.</summary>
    public static Setting<bool> Reference { get; } =
        new()
        {
            Name = "--reference",
            Value = Values.Flag,
            Section = HelpSection.Generation,
            Scope = SettingScope.Identity,
            Field = "encoding.reference_pooling",
            Help =
                "Do as the paper's scripts do, faults included, for comparison. Vectors are pooled so (docs/reference/encoding.md). EMT and TP stand " +
                "there as they "
                + "compute them, beside ours (docs/reference/findings.md).",
        };

    /// <summary><c>--keep</c>.</summary>
    public static Setting<IReadOnlyList<int>> Keep { get; } = new()
    {
        Name = "--keep",
        Value = Values.Numbers,
        Preset = [0],
        LeftOut = "0, the first continuation",
        Section = HelpSection.Generation,
        Scope = SettingScope.Identity,
        Field = "encoding.keep",
        Help = "Which of a prompt's continuations have their vectors written to disk, by number from 0; Forward and Output probe these. Texts and scores are " +
            "kept of every continuation.",
    };

    /// <summary><c>--vector-type</c>.</summary>
    public static Setting<string> VectorType { get; } = new()
    {
        Name = "--vector-type",
        Value = Values.Choice("float32", "float16"),
        Preset = "float32",
        Section = HelpSection.Generation,
        Scope = SettingScope.Identity,
        Field = "encoding.vector_type",
        Help = "How vectors are stored.",
    };

    /// <summary><c>--chunk</c>.</summary>
    public static Setting<int> Chunk { get; } = new()
    {
        Name = "--chunk",
        Value = Values.Whole(1),
        Preset = 64,
        Section = HelpSection.Generation,
        Scope = SettingScope.Identity,
        Field = "encoding.chunk",
        Help = "Prompts in a chunk: the unit of resuming and sharding.",
    };

    /// <summary>All of them, in the order of help.</summary>
    public static IReadOnlyList<Setting> All { get; } =
        [Continuations, Samples, MaxNewTokens, Temperature, TopP, TopK, Seed, Pooling, Reference, Keep, VectorType, Chunk];
}
