using TorchSharp;

namespace AlignedProbing.Torch.Models.Kernels;

/// <summary>
/// What models are built of beside linear layers. Tensors are float32 [tokens, ...]; the same contract is met on the CPU by managed loops and elsewhere by torch's operators.
/// </summary>
internal abstract class ModelKernels
{
    /// <summary>The kernels for tensors on a device.</summary>
    public static ModelKernels For(torch.Device device) => device.type == DeviceType.CPU ? ManagedKernels.Instance : TorchKernels.Instance;

    /// <summary>Root-mean-square norm of each row.</summary>
    /// <returns>A new tensor of the same shape.</returns>
    public abstract torch.Tensor RmsNorm(torch.Tensor rows, torch.Tensor weight, float epsilon);

    /// <summary>Adds a branch to the stream, in place.</summary>
    public abstract void Add(torch.Tensor stream, torch.Tensor branch);

    /// <summary>silu(gate) * up.</summary>
    /// <param name="gateAndUp">[tokens, 2 * width]: gate, then up.</param>
    /// <returns>[tokens, width].</returns>
    public abstract torch.Tensor SwiGlu(torch.Tensor gateAndUp);

    /// <summary>Turns heads by their tokens' positions, in place.</summary>
    public abstract void Rotate(in Heads heads, RotaryEmbedding rotary, TokenBatch batch);

    /// <summary>What attention of this batch over this cache needs in every block, made once a pass.</summary>
    public abstract IAttention Attention(TokenBatch batch, KeyValueCache cache, ModelSizes sizes);
}

/// <summary>Attention of one batch over one cache.</summary>
internal interface IAttention
{
    /// <summary>Adds the batch's keys and values to the cache, and mixes the values that each query sees.</summary>
    /// <param name="block">The block.</param>
    /// <param name="query">Queries, rotated.</param>
    /// <param name="key">Keys, rotated.</param>
    /// <param name="value">Values.</param>
    /// <param name="scale">What scores are multiplied by before the softmax.</param>
    /// <returns>[tokens, query heads * head size].</returns>
    torch.Tensor Attend(int block, in Heads query, in Heads key, in Heads value, float scale);
}

/// <summary>Some columns of a tensor, read as heads.</summary>
/// <param name="Rows">Contiguous, [tokens, columns].</param>
/// <param name="First">Column at which the first head begins.</param>
/// <param name="Count">Number of heads.</param>
/// <param name="Size">Columns of a head.</param>
internal readonly record struct Heads(torch.Tensor Rows, int First, int Count, int Size);
