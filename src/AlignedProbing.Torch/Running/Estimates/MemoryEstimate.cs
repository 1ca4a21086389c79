namespace AlignedProbing.Torch.Running.Estimates;

/// <summary>Memory that encoding takes in one precision, in bytes.</summary>
/// <param name="Precision">What linear layers are rounded to.</param>
/// <param name="Weights">Weights as they are held.</param>
/// <param name="Program">What depends neither on weights nor on the batch: program, libtorch, logits.</param>
/// <param name="Cache">Keys and values of the largest batch.</param>
/// <param name="Sums">Sums of pooling of the largest batch.</param>
/// <param name="Rows">What a block makes of the rows of a pass.</param>
/// <param name="Fits">Whether all of it is within what the process may use.</param>
public sealed record MemoryEstimate(string Precision, long Weights, long Program, long Cache, long Sums, long Rows, bool Fits)
{
    /// <summary>All together.</summary>
    public long Total => Weights + Program + Cache + Sums + Rows;
}
