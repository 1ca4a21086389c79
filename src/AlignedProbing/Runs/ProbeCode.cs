namespace AlignedProbing.Runs;

/// <summary>The online code of one fold's training labels: a line of <c>probes/&lt;probe&gt;/&lt;scorer&gt;/layer-06.codes.jsonl</c> (docs/probing.md, "Online coding").</summary>
public sealed record ProbeCode
{
    /// <summary>Layer, from 0.</summary>
    public required int Layer { get; init; }

    /// <summary>The scenario.</summary>
    public required Scenario Scenario { get; init; }

    /// <summary>The attribute that is predicted.</summary>
    public required string Attribute { get; init; }

    /// <summary>The control task, or <c>none</c>.</summary>
    public string Control { get; init; } = "none";

    /// <summary>The fold, from 0.</summary>
    public required int Fold { get; init; }

    /// <summary>The seed: the first of those asked for.</summary>
    public required int Seed { get; init; }

    /// <summary>Training rows coded.</summary>
    public required int N { get; init; }

    /// <summary>The code: summed squared error over all blocks, on the scale of min-max scaled labels; null where nothing was coded or it is not finite.</summary>
    public double? Code { get; init; }

    /// <summary>The code of the predictor of the mean.</summary>
    public double? MeanCode { get; init; }

    /// <summary><see cref="MeanCode"/> / <see cref="Code"/>: 1 for a probe that predicts the mean.</summary>
    public double? Compression { get; init; }

    /// <summary>Why there is no compression (a <see cref="MissingReason"/>); null where there is one.</summary>
    public string? Missing { get; init; }

    /// <summary>The blocks, in order; empty where nothing was coded.</summary>
    public IReadOnlyList<CodedBlock> Blocks { get; init; } = [];
}

/// <summary>A block of an online code.</summary>
/// <param name="Start">Its first row, counted in the order of the training rows.</param>
/// <param name="End">The row behind its last.</param>
/// <param name="Code">Summed squared error of the probe trained on all rows before it; of the mean for the first block. Null where it is not finite.</param>
/// <param name="MeanCode">Summed squared error of the mean.</param>
public sealed record CodedBlock(int Start, int End, double? Code, double MeanCode);
