using AlignedProbing.Torch.Models;
using TorchSharp;

namespace AlignedProbing.Torch.Kernels;

/// <summary>Keys and values of all blocks in tensors of one device: prompts [prompts * length, heads, size], tails [tails * length, heads, size].</summary>
internal sealed class PaddedCache : IDisposable
{
    public PaddedCache(PaddedSlots slots, ModelSizes sizes, torch.Device device)
    {
        Blocks = new (torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor)[sizes.Blocks];
        var (prompts, tails) = (slots.Prompts * slots.PromptLength, slots.Tails * slots.TailLength);
        for (var block = 0; block < Blocks.Length; block++)
        {
            Blocks[block] = (Make(prompts), Make(prompts), Make(tails), Make(tails));
        }

        torch.Tensor Make(int rows) =>
            torch.zeros(rows, sizes.KeyValueHeads, sizes.HeadSize, dtype: torch.ScalarType.Float32, device: device).DetachFromDisposeScope();
    }

    /// <summary>The tensors of each block.</summary>
    public (torch.Tensor PromptKeys, torch.Tensor PromptValues, torch.Tensor TailKeys, torch.Tensor TailValues)[] Blocks { get; }

    public void Dispose()
    {
        foreach (var (promptKeys, promptValues, tailKeys, tailValues) in Blocks)
        {
            promptKeys.Dispose();
            promptValues.Dispose();
            tailKeys.Dispose();
            tailValues.Dispose();
        }
    }
}
