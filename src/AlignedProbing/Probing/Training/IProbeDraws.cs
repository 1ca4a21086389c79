namespace AlignedProbing.Probing.Training;

/// <summary>
/// Where the training of a linear probe takes its random numbers from. The members are called in the order of PyTorch's loop: the initial weights once, then
/// for each epoch the permutation and, example by example, the dropout.
/// </summary>
public interface IProbeDraws
{
    /// <summary>Fills the initial weights and returns the initial bias.</summary>
    float Initialize(Span<float> weights);

    /// <summary>Fills an epoch's order of the training rows: a permutation of 0 .. length - 1.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="order">Where to.</param>
    void Permute(int epoch, Span<int> order);

    /// <summary>Applies dropout to an example: kept numbers are scaled by 1 / (1 - dropout), the others are 0.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="position">The example's place in the epoch's order, from 0.</param>
    /// <param name="example">The example, padded with zeros to a multiple of 16.</param>
    /// <param name="dropped">Where to, of the same length.</param>
    void Drop(int epoch, int position, ReadOnlySpan<float> example, Span<float> dropped);
}
