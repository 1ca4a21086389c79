namespace AlignedProbing.Files.Foreign;

/// <summary>How a foreign file is written, told by its content.</summary>
public enum ForeignForm
{
    /// <summary>Lines that are neither of the others.</summary>
    Text,

    /// <summary>A JSON object a line; a JSON array of objects is given so too, an element a line.</summary>
    JsonLines,

    /// <summary>A header and rows, separated by <see cref="ForeignFile.Delimiter"/>.</summary>
    Table,
}
