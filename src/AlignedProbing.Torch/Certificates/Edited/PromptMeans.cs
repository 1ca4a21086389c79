using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Generation.Pooling;
using TorchSharp;

namespace AlignedProbing.Torch.Certificates.Edited;

/// <summary>Means of hidden states over each prompt's tokens.</summary>
internal sealed class PromptMeans(IStatePooling pooling, PooledVectors vectors) : TokenObserver
{
    public override void Begin(TokenPass pass) =>
        pooling.Begin(
            [
                .. pass.Segments.Where(segment => segment.Tokens.Tail < 0)
                    .Select(segment => new PooledRows(vectors, segment.Tokens.Prompt, segment.Row, segment.Tokens.Ids.Length, segment.From)),
            ]);

    public override void OnStates(int layer, torch.Tensor states) => pooling.Add(layer, states);
}
