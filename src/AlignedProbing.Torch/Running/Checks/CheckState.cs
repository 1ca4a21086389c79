namespace AlignedProbing.Torch.Running.Checks;

/// <summary>How something stands that was looked at.</summary>
public enum CheckState
{
    /// <summary>It works.</summary>
    Ok,

    /// <summary>It works, or is not there and need not be; worth knowing.</summary>
    Note,

    /// <summary>It does not work, and something that was set up asks for it.</summary>
    Fails,
}
