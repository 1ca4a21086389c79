using AlignedProbing.Torch.Kernels;

namespace AlignedProbing.Torch.Generation;

/// <summary>One forward pass of a generation: which tokens are read, and which are predicted.</summary>
/// <param name="Segments">Tokens read, segment after segment.</param>
/// <param name="LogitRows">Rows whose logits are made, ascending.</param>
/// <param name="Uses">What each of these rows of logits predicts; a prompt's last row is for the first token of each of its tails.</param>
internal sealed record TokenPass(IReadOnlyList<PassSegment> Segments, IReadOnlyList<int> LogitRows, IReadOnlyList<TokenUse[]> Uses);

/// <summary>Tokens of a pass that follow one another.</summary>
/// <param name="Tokens">The tokens; their tail is numbered through all sequences.</param>
/// <param name="From">Number of the first one, in its prompt or its tail.</param>
/// <param name="Row">Its row in the pass.</param>
internal readonly record struct PassSegment(TokenSegment Tokens, int From, int Row);
