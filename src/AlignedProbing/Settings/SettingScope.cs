namespace AlignedProbing.Settings;

/// <summary>What another value of an option means for work that is there already.</summary>
public enum SettingScope
{
    /// <summary>Another run: model, prompts, encoding. The manifest holds it, and a run never changes it.</summary>
    Identity,

    /// <summary>Other results of one stage, beside those that are there: scorers, probes, analysis. The stage's own <c>options.json</c> holds it.</summary>
    Stage,

    /// <summary>The same results in another way or place: threads, device, batch size, files. Never compared.</summary>
    Machine,
}
