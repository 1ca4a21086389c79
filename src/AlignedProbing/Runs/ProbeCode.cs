
namespace AlignedProbing.Runs;

/// <summary>
/// The online code of one fold's training labels: a line of <c>probes/&lt;probe&gt;/&lt;scorer&gt;/layer-06.codes.jsonl</c> (docs/reference/probing.md, "Online
/// coding").
/// </summary>
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

    /// <summary>
    /// The code over all blocks: summed squared error, on the scale of min-max scaled labels; of a classifier bits. Null where nothing was coded or it is not
    /// finite.
    /// </summary>
    public double? Code { get; init; }

    /// <summary>The code it is held against: that of the predictor of the mean; of a classifier the uniform code, rows times log2(classes).</summary>
    public double? MeanCode { get; init; }

    /// <summary>
    /// Of a classifier the code of a predictor of the training rows' shares of the classes, in bits: what is known without looking at vectors. Null of other
    /// probes.
    /// </summary>
    public double? FrequencyCode { get; init; }

    /// <summary><see cref="MeanCode"/> / <see cref="Code"/>: 1 for a probe that predicts the mean, or all classes alike.</summary>
    public double? Compression { get; init; }

    /// <summary>Why there is no compression (a <see cref="MissingReason"/>); null where there is one.</summary>
    public string? Missing { get; init; }

    /// <summary>The blocks, in order; empty where nothing was coded.</summary>
    public IReadOnlyList<CodedBlock> Blocks { get; init; } = [];
}

/// <summary>A block of an online code.</summary>
/// <param name="Start">Its first row, counted in the order of the training rows.</param>
/// <param name="End">The row after its last.</param>
/// <param name="Code">Summed squared error, of a classifier bits, of the probe trained on all rows before it; of the mean, or the uniform code, for the first
/// block. Null where it is not finite.</param>
/// <param name="MeanCode">Summed squared error of the mean; of a classifier the uniform code.</param>
public sealed record CodedBlock(int Start, int End, double? Code, double MeanCode);
