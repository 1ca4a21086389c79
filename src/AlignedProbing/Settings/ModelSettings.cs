namespace AlignedProbing.Settings;

/// <summary>Which model, and how its weights are held.</summary>
public static class ModelSettings
{
    /// <summary><c>--model</c>.</summary>
    public static Setting<string?> Model { get; } = new()
    {
        Name = "--model",
        Aliases = ["--model-name"],
        Value = Values.Text("FOLDER|NAME"),
        LeftOut = "the demo model",
        Section = HelpSection.Model,
        Scope = SettingScope.Identity,
        Field = "model.name",
        Help = "A Hugging Face model folder, or a name on the Hub (org/model), which is downloaded once (docs/guide/hub.md).",
    };

    /// <summary><c>--revision</c>.</summary>
    public static Setting<string?> Revision { get; } = new()
    {
        Name = "--revision",
        Value = Values.Text("NAME"),
        LeftOut = "main",
        Section = HelpSection.Model,
        Scope = SettingScope.Identity,
        Field = "model.revision",
        Help = "Branch, tag or commit of a model on the Hub, for example step1000.",
    };

    /// <summary><c>--file</c>.</summary>
    public static Setting<string?> File { get; } = new()
    {
        Name = "--file",
        Value = Values.Text("NAME.gguf"),
        LeftOut = "safetensors or pytorch_model.bin",
        Section = HelpSection.Model,
        Scope = SettingScope.Identity,
        Field = "model.file",
        Help = "A GGUF file of a repository on the Hub; of a model in parts the first (docs/guide/formats.md).",
    };

    /// <summary><c>--adapter</c>.</summary>
    public static Setting<string?> Adapter { get; } = new()
    {
        Name = "--adapter",
        Value = Values.Text("FOLDER|NAME"),
        LeftOut = "none",
        Section = HelpSection.Model,
        Scope = SettingScope.Identity,
        Field = "model.adapter.name",
        Help = "A LoRA adapter as PEFT saves it, put on the model (docs/guide/adapters.md).",
    };

    /// <summary><c>--precision</c>. The Weights room parses the names; a test holds these to it.</summary>
    public static Setting<string> Precision { get; } = new()
    {
        Name = "--precision",
        Aliases = ["--model-precision"],
        Value = Values.Choice("full", "bf16", "half", "eight_bit", "four_bit"),
        Preset = "full",
        Section = HelpSection.Model,
        Scope = SettingScope.Identity,
        Field = "model.precision",
        Help = "What weights are rounded to (docs/guide/precision.md).",
    };

    /// <summary><c>--expected</c>.</summary>
    public static Setting<string?> Expected { get; } = new()
    {
        Name = "--expected",
        Value = Values.Text("FILE"),
        Required = true,
        Section = HelpSection.Model,
        Scope = SettingScope.Machine,
        Help = "Tensors to compare with, in safetensors (docs/guide/certificate.md).",
    };

    /// <summary><c>--tolerance</c>.</summary>
    public static Setting<double?> Tolerance { get; } = new()
    {
        Name = "--tolerance",
        Value = Values.RealOrNone("a number above 0", value => value > 0),
        LeftOut = "1e-4; 0.01 for half, 0.1 for bf16",
        Section = HelpSection.Model,
        Scope = SettingScope.Machine,
        Help = "How far values may be off, as a share of their vector's scale.",
    };

    /// <summary><c>--tokenizer</c>.</summary>
    public static Setting<string?> Tokenizer { get; } = new()
    {
        Name = "--tokenizer",
        Value = Values.Text("FILE|FOLDER|NAME"),
        Required = true,
        Section = HelpSection.Model,
        Scope = SettingScope.Machine,
        Help = "A tokenizer.json, the folder of a model, or a name on the Hub.",
    };

    /// <summary>All of them, in the order of help.</summary>
    public static IReadOnlyList<Setting> All { get; } = [Model, Revision, File, Adapter, Precision, Expected, Tolerance, Tokenizer];
}
