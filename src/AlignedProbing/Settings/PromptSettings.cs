using System.Text.Json;

namespace AlignedProbing.Settings;

/// <summary>Which prompts, and how they are put.</summary>
public static class PromptSettings
{
    /// <summary><c>--prompts</c>.</summary>
    public static Setting<string?> Prompts { get; } = new()
    {
        Name = "--prompts",
        Value = Values.Text("FILE|NAME"),
        LeftOut = "the demo's prompts, with the demo model",
        Section = HelpSection.Prompts,
        Scope = SettingScope.Identity,
        Field = "prompts.name",
        Help = "The prompt set: RealToxicityPrompts JSONL, flat JSONL or CSV, or plain text with a prompt a line. Or a data set on the Hub by its name: " +
            "allenai/real-toxicity-prompts (docs/guide/prompt-sets.md).",
    };

    /// <summary><c>--prompts-file</c>.</summary>
    public static Setting<string?> PromptsFile { get; } = new()
    {
        Name = "--prompts-file",
        Value = Values.Text("PATH"),
        LeftOut = "the only one that can be read",
        Section = HelpSection.Prompts,
        Scope = SettingScope.Identity,
        Field = "prompts.file",
        Help = "Which file of a data set on the Hub holds the prompts: data/test.jsonl.",
    };

    /// <summary><c>--prompts-revision</c>.</summary>
    public static Setting<string?> PromptsRevision { get; } = new()
    {
        Name = "--prompts-revision",
        Value = Values.Text("NAME"),
        LeftOut = "main",
        Section = HelpSection.Prompts,
        Scope = SettingScope.Identity,
        Field = "prompts.revision",
        Help = "Branch, tag or commit of a data set on the Hub.",
    };

    /// <summary><c>--prompt-field</c>.</summary>
    public static Setting<string?> PromptField { get; } = new()
    {
        Name = "--prompt-field",
        Value = Values.Text("NAME"),
        Section = HelpSection.Prompts,
        Scope = SettingScope.Identity,
        Field = "prompts.prompt_field",
        Help = "The column or JSON field with the prompt, in files of other tools: doc.prompt (docs/guide/prompt-sets.md).",
    };

    /// <summary><c>--continuation-field</c>.</summary>
    public static Setting<string?> ContinuationField { get; } = new()
    {
        Name = "--continuation-field",
        Value = Values.Text("NAME"),
        Section = HelpSection.Prompts,
        Scope = SettingScope.Identity,
        Field = "prompts.continuation_field",
        Help = "The column or JSON field with the continuations, one or a list of them: resps. With --continuations given.",
    };

    /// <summary><c>--limit</c>.</summary>
    public static Setting<int?> Limit { get; } = new()
    {
        Name = "--limit",
        Value = Values.WholeOrNone(1),
        LeftOut = "all",
        Section = HelpSection.Prompts,
        Scope = SettingScope.Identity,
        Field = "prompts.limit",
        Help = "Use only the first N prompts.",
    };

    /// <summary><c>--template</c>.</summary>
    public static Setting<TemplateChoice> Template { get; } = new()
    {
        Name = "--template",
        Aliases = ["--template-index"],
        Value = Values.Template,
        Section = HelpSection.Prompts,
        Scope = SettingScope.Identity,
        Field = "encoding.template",
        Help = "The instruction prompts are put into: a number (docs/guide/chat-templates.md) or a JSON file with \"system\" and \"user\".",
    };

    /// <summary><c>--chat</c>.</summary>
    public static Setting<string> Chat { get; } = new()
    {
        Name = "--chat",
        Value = Values.Choice("auto", "on", "off"),
        Preset = "auto",
        Section = HelpSection.Prompts,
        Scope = SettingScope.Identity,
        Field = "encoding.chat_template",
        Help = "Apply the tokenizer's chat template. auto: where there is one and continuations are sampled.",
    };

    /// <summary><c>--chat-variable</c>.</summary>
    public static Setting<IReadOnlyDictionary<string, JsonElement>> ChatVariable { get; } = new()
    {
        Name = "--chat-variable",
        Value = Values.Variables,
        Preset = new Dictionary<string, JsonElement>(),
        LeftOut = "none",
        Section = HelpSection.Prompts,
        Scope = SettingScope.Identity,
        Field = "encoding.chat_variables",
        Help = "Give the chat template a variable: enable_thinking=false, reasoning_effort='\"low\"'. The value is JSON. May be given several times.",
    };

    /// <summary><c>--begin-chats</c>.</summary>
    public static Setting<bool> BeginChats { get; } = new()
    {
        Name = "--begin-chats",
        Value = Values.Flag,
        Section = HelpSection.Prompts,
        Scope = SettingScope.Identity,
        Field = "encoding.begins_chats",
        Help = "Put the tokenizer's beginning token before chats whose template writes none. transformers does not; runs of older versions did.",
    };

    /// <summary><c>--text</c>.</summary>
    public static Setting<string?> Text { get; } = new()
    {
        Name = "--text",
        Value = Values.Text("TEXT"),
        Section = HelpSection.Prompts,
        Scope = SettingScope.Machine,
        Help = "The text to split.",
    };

    /// <summary><c>--strings</c>.</summary>
    public static Setting<string?> Strings { get; } = new()
    {
        Name = "--strings",
        Value = Values.Text("FILE"),
        Section = HelpSection.Prompts,
        Scope = SettingScope.Machine,
        Help = "Split every text of a JSON file: a list of texts.",
    };

    /// <summary><c>--user</c>.</summary>
    public static Setting<string?> User { get; } = new()
    {
        Name = "--user",
        Value = Values.Text("TEXT"),
        Section = HelpSection.Prompts,
        Scope = SettingScope.Machine,
        Help = "The prompt text: the user's turn.",
    };

    /// <summary><c>--system</c>.</summary>
    public static Setting<string?> System { get; } = new()
    {
        Name = "--system",
        Value = Values.Text("TEXT"),
        Section = HelpSection.Prompts,
        Scope = SettingScope.Machine,
        Help = "An instruction: the system's turn, or where the template has none the beginning of the user's.",
    };

    /// <summary><c>--check</c>.</summary>
    public static Setting<string?> Check { get; } = new()
    {
        Name = "--check",
        Value = Values.Text("FILE"),
        Section = HelpSection.Prompts,
        Scope = SettingScope.Machine,
        Help = "Render every case of a file and compare (docs/guide/chat-templates.md); exit code 1 where one differs.",
    };

    /// <summary>All of them, in the order of help.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        Prompts,
        PromptsFile,
        PromptsRevision,
        PromptField,
        ContinuationField,
        Limit,
        Template,
        Chat,
        ChatVariable,
        BeginChats,
        Text,
        Strings,
        User,
        System,
        Check,
    ];
}
