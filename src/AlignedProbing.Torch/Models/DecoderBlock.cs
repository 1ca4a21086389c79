using TorchSharp;

namespace AlignedProbing.Torch.Models;

/// <summary>A block of one pass, which may read what the pass keeps beside the stream.</summary>
/// <param name="forward">Changes the stream [tokens, width] in place.</param>
internal sealed class DecoderBlock(Action<torch.Tensor> forward) : IDecoderBlock
{
    /// <inheritdoc/>
    public void Forward(torch.Tensor x, ForwardPass pass) => forward(x);
}
