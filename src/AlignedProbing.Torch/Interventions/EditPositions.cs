namespace AlignedProbing.Torch.Interventions;

/// <summary>Which tokens an edit changes.</summary>
public enum EditPositions
{
    /// <summary>All tokens: those of the prompt and those that follow it.</summary>
    All,

    /// <summary>The prompt's tokens alone, template and special tokens included.</summary>
    Prompt,

    /// <summary>The tokens that follow the prompt alone, sampled or given.</summary>
    Generated,
}
