namespace AlignedProbing.Runs;

/// <summary>How far a stage has come. Stages report it through <see cref="IProgress{T}"/>; who shows it decides how.</summary>
/// <param name="Stage">The stage: encode, score, probe, analyse, report.</param>
/// <param name="Done">Work done, in <paramref name="Unit"/>; work found done by an earlier run included.</param>
/// <param name="Total">All work, in the same unit.</param>
/// <param name="Unit">What is counted, in the plural: "continuations", "texts", "probes".</param>
/// <param name="AlreadyDone">How much of <paramref name="Done"/> an earlier run did; rates leave it out.</param>
public readonly record struct StageProgress(string Stage, long Done, long Total, string Unit, long AlreadyDone = 0);

/// <summary>What a stage did.</summary>
/// <param name="Done">Units (chunks, layers) that this call finished.</param>
/// <param name="AlreadyDone">Units found complete.</param>
/// <param name="Failed">Units that failed; all others are done.</param>
public sealed record StageResult(int Done, int AlreadyDone, IReadOnlyList<UnitFailure> Failed);

/// <summary>A unit that failed, and why.</summary>
/// <param name="Unit">The unit's name: "encodings/00012", "probes/linear/given/layer-06".</param>
/// <param name="Message">What was asked, what was found, what to do.</param>
public sealed record UnitFailure(string Unit, string Message);
