namespace AlignedProbing.Settings;

/// <summary>Scorers, and files of scores.</summary>
public static class ScoringSettings
{
    /// <summary><c>--scorer</c>.</summary>
    public static Setting<IReadOnlyList<string>?> Scorer { get; } = new()
    {
        Name = "--scorer",
        Aliases = ["--scorers"],
        Value = Values.NamesOrAll(),
        LeftOut = "ngram for sampled continuations, given for given ones",
        Section = HelpSection.Scoring,
        Scope = SettingScope.Stage,
        Field = "scorers",
        Help = "Who scores, one or several (docs/guide/scoring.md): ngram (built in), given (the prompt set's own scores), perspective (needs " +
            "PERSPECTIVE_API_KEY), a classifier's folder or name on the Hub, perplexity:MODEL (how probable another language model finds the texts), or a " +
            ".json file that describes a classifier or a judge.",
    };

    /// <summary><c>--prompt-scores</c>.</summary>
    public static Setting<string> PromptScores { get; } = new()
    {
        Name = "--prompt-scores",
        Value = Values.Choice("scorer", "given"),
        Preset = "scorer",
        Section = HelpSection.Scoring,
        Scope = SettingScope.Stage,
        Field = "prompt_scores",
        Help = "Whose scores prompts have: the scorer's own, or the prompt set's (labelled everywhere).",
    };

    /// <summary><c>--texts</c>.</summary>
    public static Setting<string?> Texts { get; } = new()
    {
        Name = "--texts",
        Value = Values.Text("FILE"),
        Section = HelpSection.Scoring,
        Scope = SettingScope.Machine,
        Help = "Score these texts instead of a run: plain lines, or JSONL with \"text\". '-' reads standard input.",
    };

    /// <summary><c>--scores</c>, of <c>score</c>.</summary>
    public static Setting<string?> ScoresFile { get; } = new()
    {
        Name = "--scores",
        Value = Values.Text("FILE"),
        Section = HelpSection.Scoring,
        Scope = SettingScope.Machine,
        Help = "With --texts: write the scores here instead of to standard output. --output does the same.",
    };

    /// <summary><c>--scores</c>, of <c>compare-scorers</c>.</summary>
    public static Setting<IReadOnlyList<string>?> ScoresFiles { get; } = new()
    {
        Name = "--scores",
        Value = Values.NamesOrAll("FILE"),
        LeftOut = "",
        Section = HelpSection.Scoring,
        Scope = SettingScope.Machine,
        Help = "Compare files of scores (JSONL, .csv) instead of a run's scorers. Each is called as its file.",
    };

    /// <summary><c>--format</c>.</summary>
    public static Setting<string> Format { get; } = new()
    {
        Name = "--format",
        Value = Values.Choice("auto", "lines", "jsonl"),
        Preset = "auto",
        Section = HelpSection.Scoring,
        Scope = SettingScope.Machine,
        Help = "With --texts: how the file is read.",
    };

    /// <summary><c>--keep-text</c>.</summary>
    public static Setting<bool> KeepText { get; } = new()
    {
        Name = "--keep-text",
        Value = Values.Flag,
        Section = HelpSection.Scoring,
        Scope = SettingScope.Machine,
        Help = "With --texts or --export: write the texts too. They may be offensive.",
    };

    /// <summary><c>--export</c>.</summary>
    public static Setting<string?> Export { get; } = new()
    {
        Name = "--export",
        Value = Values.Text("FILE"),
        Section = HelpSection.Scoring,
        Scope = SettingScope.Machine,
        Help = "Write a run's scores to a file, JSONL or .csv, instead of scoring.",
    };

    /// <summary><c>--import</c>.</summary>
    public static Setting<string?> Import { get; } = new()
    {
        Name = "--import",
        Value = Values.Text("FILE"),
        Section = HelpSection.Scoring,
        Scope = SettingScope.Machine,
        Help = "Take scores from a file, JSONL or .csv, as a scorer of their own; --scorer names it, otherwise the file does.",
    };

    /// <summary>All of them, in the order of help.</summary>
    public static IReadOnlyList<Setting> All { get; } = [Scorer, PromptScores, Texts, ScoresFile, ScoresFiles, Format, KeepText, Export, Import];
}
