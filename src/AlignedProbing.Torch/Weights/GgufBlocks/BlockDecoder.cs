namespace AlignedProbing.Torch.Weights.GgufBlocks;

/// <summary>Makes the 32 numbers of a part of a block.</summary>
/// <param name="block">The block's bytes.</param>
/// <param name="part">Which 32 of it, from 0.</param>
/// <param name="values">Where to: number i goes to <c>values[i * stride]</c>.</param>
/// <param name="stride">Distance between two numbers.</param>
internal unsafe delegate void BlockDecoder(byte* block, int part, float* values, int stride);
