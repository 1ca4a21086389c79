
namespace AlignedProbing.Torch.Kernels.Encoders;

/// <summary>Who sees whom, and how scores become weights.</summary>
/// <param name="Scale">What scores are multiplied by before the softmax.</param>
/// <param name="Reach">How many tokens before and after itself a token sees; <see cref="int.MaxValue"/>: all.</param>
/// <param name="Places">What relative places add to the scores; null: nothing.</param>
/// <param name="Head">Which head the task is, for <paramref name="Places"/>.</param>
internal readonly record struct EncoderAttentionRule(float Scale, int Reach = int.MaxValue, RelativePlaces? Places = null, int Head = 0);
