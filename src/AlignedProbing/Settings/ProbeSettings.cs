namespace AlignedProbing.Settings;

/// <summary>Probes and their control tasks.</summary>
public static class ProbeSettings
{
    /// <summary><c>--probe</c>. The names are checked by the catalogue of probes.</summary>
    public static Setting<IReadOnlyList<string>> Probe { get; } = new()
    {
        Name = "--probe",
        Aliases = ["--probes"],
        Value = Values.Names("linear", "ridge", "mlp", "mlp2", "logistic-l2", "softmax-l2", "logistic", "softmax", "mean"),
        Preset = ["linear", "ridge"],
        Section = HelpSection.Probing,
        Scope = SettingScope.Stage,
        Field = "probes",
        Help = "Probes to train: linear (the paper's), ridge, mlp and mlp2 (one and two hidden layers), logistic-l2 and softmax-l2 (two and several " +
            "classes, solved), logistic and softmax (the same, trained by steps), or mean (a dummy). With --vectors, labels that are words: softmax-l2.",
    };

    /// <summary><c>--layers</c>.</summary>
    public static Setting<IReadOnlyList<int>?> Layers { get; } = new()
    {
        Name = "--layers",
        Aliases = ["--layer"],
        Value = Values.Layers,
        Section = HelpSection.Probing,
        Scope = SettingScope.Stage,
        Field = "layers",
        Help = "Layers to probe.",
    };

    /// <summary><c>--attributes</c>.</summary>
    public static Setting<IReadOnlyList<string>?> Attributes { get; } = new()
    {
        Name = "--attributes",
        Aliases = ["--attribute"],
        Value = Values.NamesOrAll(),
        LeftOut = "all the scorer has, and length",
        Section = HelpSection.Probing,
        Scope = SettingScope.Stage,
        Field = "attributes",
        Help = "Attributes to probe.",
    };

    /// <summary><c>--control</c>.</summary>
    public static Setting<IReadOnlyList<string>> Control { get; } = new()
    {
        Name = "--control",
        Value = Values.NamesOrNone("randomization", "permutation", "random_weights"),
        Preset = [],
        Section = HelpSection.Probing,
        Scope = SettingScope.Stage,
        Field = "controls",
        Help = "Control tasks beside the labels: randomization (labels permuted over rows); permutation (words shuffled) and random_weights (model " +
            "untrained), which encode again.",
    };

    /// <summary><c>--control-seed</c>.</summary>
    public static Setting<int> ControlSeed { get; } = new()
    {
        Name = "--control-seed",
        Value = Values.Whole(int.MinValue),
        Section = HelpSection.Probing,
        Scope = SettingScope.Stage,
        Field = "seed",
        Help = "Seed of the control tasks that encode again.",
    };

    /// <summary><c>--hidden-units</c>.</summary>
    public static Setting<int> HiddenUnits { get; } = new()
    {
        Name = "--hidden-units",
        Value = Values.Whole(1, 4096),
        Preset = 64,
        Section = HelpSection.Probing,
        Scope = SettingScope.Stage,
        Field = "hidden_units",
        Help = "Units of each hidden layer of mlp and mlp2. Results with other than 64 stand beside those (mlp-128).",
    };

    /// <summary><c>--standardise</c>.</summary>
    public static Setting<bool> Standardise { get; } = new()
    {
        Name = "--standardise",
        Value = Values.Flag,
        Section = HelpSection.Probing,
        Scope = SettingScope.Stage,
        Field = "standardise",
        Help = "Standardise features by each fold's training rows.",
    };

    /// <summary><c>--online-coding</c>.</summary>
    public static Setting<bool> OnlineCoding { get; } = new()
    {
        Name = "--online-coding",
        Value = Values.Flag,
        Section = HelpSection.Probing,
        Scope = SettingScope.Stage,
        Field = "online_coding",
        Help = "Code the training labels online too: compression, a check that strength cannot give (docs/reference/probing.md).",
    };

    /// <summary><c>--group-duplicates</c>.</summary>
    public static Setting<bool> GroupDuplicates { get; } = new()
    {
        Name = "--group-duplicates",
        Value = Values.Flag,
        Section = HelpSection.Probing,
        Scope = SettingScope.Stage,
        Field = "group_duplicates",
        Help = "Keep prompts that are identical, or nearly so, within one fold.",
    };

    /// <summary><c>--probe-continuations</c>.</summary>
    public static Setting<IReadOnlyList<int>?> ProbeContinuations { get; } = new()
    {
        Name = "--probe-continuations",
        Value = Values.Continuations,
        Preset = [0],
        Section = HelpSection.Probing,
        Scope = SettingScope.Stage,
        Field = "probed_continuations",
        Help = "Continuations whose vectors Forward and Output read; kept: all that were kept (--keep). A prompt's stay within one fold.",
    };

    /// <summary><c>--backward</c>.</summary>
    public static Setting<string> Backward { get; } = new()
    {
        Name = "--backward",
        Value = Values.Choice("max", "mean"),
        Preset = "max",
        Section = HelpSection.Probing,
        Scope = SettingScope.Stage,
        Field = "backward",
        Help = "What Backward predicts of a prompt's continuations.",
    };

    /// <summary><c>--vectors</c>.</summary>
    public static Setting<string?> Vectors { get; } = new()
    {
        Name = "--vectors",
        Value = Values.Text("FILE.npy"),
        Section = HelpSection.Probing,
        Scope = SettingScope.Machine,
        Help = "Probe these vectors instead of a run's: [rows, width], or [layers, rows, width].",
    };

    /// <summary><c>--labels</c>.</summary>
    public static Setting<string?> Labels { get; } = new()
    {
        Name = "--labels",
        Value = Values.Text("FILE"),
        Section = HelpSection.Probing,
        Scope = SettingScope.Machine,
        Help = "With --vectors: CSV with a header, or JSONL; a row for each vector, in the same order.",
    };

    /// <summary><c>--label</c>.</summary>
    public static Setting<IReadOnlyList<string>> Label { get; } = new()
    {
        Name = "--label",
        Value = Values.Names(),
        Preset = [],
        LeftOut = "",
        Section = HelpSection.Probing,
        Scope = SettingScope.Machine,
        Help = "With --vectors: a column, or a field of the JSON (prompt.toxicity); words too with --probe logistic or softmax. Rows without a label are " +
            "left out and counted.",
    };

    /// <summary><c>--id</c>.</summary>
    public static Setting<string?> Id { get; } = new()
    {
        Name = "--id",
        Value = Values.Text("NAME"),
        Section = HelpSection.Probing,
        Scope = SettingScope.Machine,
        Help = "With --vectors: the column or field that tells rows apart. An id that is there twice is an error.",
    };

    /// <summary><c>--group</c>.</summary>
    public static Setting<string?> Group { get; } = new()
    {
        Name = "--group",
        Value = Values.Text("NAME"),
        Section = HelpSection.Probing,
        Scope = SettingScope.Machine,
        Help = "With --vectors: a column or field; rows with the same value are kept within one fold.",
    };

    /// <summary><c>--save</c>.</summary>
    public static Setting<string?> Save { get; } = new()
    {
        Name = "--save",
        Value = Values.Text("FOLDER"),
        Section = HelpSection.Probing,
        Scope = SettingScope.Machine,
        Help = "With --vectors: also keep out-of-fold predictions and the fitted probes there (docs/reference/probing.md).",
    };

    /// <summary>All of them, in the order of help.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        Probe, Layers, Attributes, Control, ControlSeed, HiddenUnits, Standardise, OnlineCoding, GroupDuplicates, ProbeContinuations, Backward, Vectors, Labels,
        Label, Id, Group, Save,
    ];
}
