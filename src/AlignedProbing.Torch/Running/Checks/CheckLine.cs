namespace AlignedProbing.Torch.Running.Checks;

/// <summary>One thing that <c>doctor</c> looked at.</summary>
/// <param name="Subject">What: libtorch, Hub, run folder.</param>
/// <param name="State">How it stands.</param>
/// <param name="Found">What was found, as a clause. Never a secret.</param>
/// <param name="Remedy">What to do; null where nothing is to be done.</param>
public sealed record CheckLine(string Subject, CheckState State, string Found, string? Remedy = null);
