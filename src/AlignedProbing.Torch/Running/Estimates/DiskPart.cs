namespace AlignedProbing.Torch.Running.Estimates;

/// <summary>A part of what a run writes.</summary>
/// <param name="Part">Which: vectors, continuations, scores/ngram, probes/linear/ngram.</param>
/// <param name="Bytes">Its bytes.</param>
/// <param name="Exact">Whether they follow from shapes and token counts; otherwise texts decide, and it is an estimate.</param>
public sealed record DiskPart(string Part, long Bytes, bool Exact);
