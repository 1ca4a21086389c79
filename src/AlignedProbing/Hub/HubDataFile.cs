namespace AlignedProbing.Hub;

/// <summary>A file of a data set, on disk.</summary>
public sealed record HubDataFile
{
    /// <summary>Its path on this machine, in the cache.</summary>
    public required string FullPath { get; init; }

    /// <summary>Its path in the repository: <c>prompts.jsonl</c>, <c>data/train.parquet</c>.</summary>
    public required string File { get; init; }

    /// <summary>The revision asked for.</summary>
    public required string Revision { get; init; }

    /// <summary>The commit found: 40 hexadecimal digits.</summary>
    public required string Commit { get; init; }

    /// <summary>Bytes that this call downloaded; 0 where it was there.</summary>
    public long Downloaded { get; init; }
}
