using TorchSharp;

namespace AlignedProbing.Torch.Kernels;

/// <summary>Keys and values of all blocks in tensors of one device: prompts [prompts * length, heads, size], tails [tails * length, heads, size].</summary>
internal sealed class PaddedCache : IDisposable
{
    public PaddedCache(PaddedSlots slots, IReadOnlyList<BlockShape> shapes, torch.Device device)
    {
        Blocks = new (torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor)[shapes.Count];
        var (prompts, tails) = (slots.Prompts * slots.PromptLength, slots.Tails * slots.TailLength);
        for (var block = 0; block < Blocks.Length; block++)
        {
            var (_, heads, keySize, valueSize) = shapes[block];
            Blocks[block] = (Make(prompts, heads, keySize), Make(prompts, heads, valueSize), Make(tails, heads, keySize), Make(tails, heads, valueSize));
        }

        torch.Tensor Make(int rows, int heads, int size) =>
            torch.zeros(rows, heads, size, dtype: torch.ScalarType.Float32, device: device).DetachFromDisposeScope();
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
