namespace AlignedProbing.Settings;

/// <summary>How many values follow an option.</summary>
public enum ValueArity
{
    /// <summary>None: it is on where it is written, and <c>--no-</c> before its name turns it off.</summary>
    Flag,

    /// <summary>One.</summary>
    One,

    /// <summary>One or more, with blanks or commas between them.</summary>
    Several,
}
