namespace AlignedProbing.Torch.Generation;

/// <summary>A token that a row of logits predicts.</summary>
/// <param name="Sequence">Number of its sequence.</param>
/// <param name="Tail">Its tail; null: it is one of the prompt's own.</param>
/// <param name="TailNumber">The tail's number among all tails, numbered through; -1 for a prompt's own tokens.</param>
/// <param name="Token">Its number in the tail, or in the prompt.</param>
internal readonly record struct TokenUse(int Sequence, TokenTail? Tail, int TailNumber, int Token);
