using TorchSharp;

namespace AlignedProbing.Torch.Models;

/// <summary>A block of a decoder.</summary>
internal interface IDecoderBlock
{
    /// <summary>Changes the stream x [tokens, width] in place. Sites of the block's own input and output are passed by the caller.</summary>
    void Forward(torch.Tensor x, ForwardPass pass);
}
