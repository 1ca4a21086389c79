namespace AlignedProbing.Torch.Running.Estimates;

/// <summary>What a run will take, before anything of it starts. Nothing is written for it.</summary>
public sealed record RunEstimate
{
    /// <summary>The run folder.</summary>
    public required string Run { get; init; }

    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>Its parameters.</summary>
    public required long Parameters { get; init; }

    /// <summary>Prompts.</summary>
    public required int Prompts { get; init; }

    /// <summary>Chunks: the units of encoding and scoring.</summary>
    public required int Chunks { get; init; }

    /// <summary>Chunks that are not encoded yet.</summary>
    public required int ChunksLeft { get; init; }

    /// <summary>Continuations.</summary>
    public required long Continuations { get; init; }

    /// <summary>Tokens of all prompts, as the model's tokenizer makes them.</summary>
    public required long PromptTokens { get; init; }

    /// <summary>Tokens of all continuations; of sampled ones the most there can be.</summary>
    public required long ContinuationTokens { get; init; }

    /// <summary>Memory of each precision, that which was asked for first.</summary>
    public required IReadOnlyList<MemoryEstimate> Memory { get; init; }

    /// <summary>Bytes that the process may use.</summary>
    public required long MemoryAvailable { get; init; }

    /// <summary>What is written, by part, all of the run.</summary>
    public required IReadOnlyList<DiskPart> Disk { get; init; }

    /// <summary>Bytes free where it is written; null where that cannot be asked.</summary>
    public required long? DiskFree { get; init; }

    /// <summary>Time by stage for what is left, on this machine alone.</summary>
    public required IReadOnlyList<StageTime> Time { get; init; }

    /// <summary>Calls to services.</summary>
    public required IReadOnlyList<ScorerCalls> Calls { get; init; }

    /// <summary>What does not fit, and what would.</summary>
    public required IReadOnlyList<PlanProblem> Problems { get; init; }

    /// <summary>Bytes of all parts.</summary>
    public long DiskTotal => Disk.Sum(part => part.Bytes);

    /// <summary>Seconds of all stages that could be told.</summary>
    public double Seconds => Time.Sum(stage => stage.Seconds ?? 0);
}
