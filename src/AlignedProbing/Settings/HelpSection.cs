namespace AlignedProbing.Settings;

/// <summary>The part of help and of the reference page in which an option stands.</summary>
public enum HelpSection
{
    /// <summary>Which model, and how its weights are held.</summary>
    Model,

    /// <summary>Which prompts, and how they are put.</summary>
    Prompts,

    /// <summary>Continuations and the vectors kept of them.</summary>
    Generation,

    /// <summary>Scorers and files of scores.</summary>
    Scoring,

    /// <summary>Probes and their control tasks.</summary>
    Probing,

    /// <summary>What results are joined and compared into.</summary>
    Analysis,

    /// <summary>Edits of a model.</summary>
    Interventions,

    /// <summary>How a run is submitted to a cluster.</summary>
    Clusters,

    /// <summary>The machine, files and output.</summary>
    Machine,
}
