namespace AlignedProbing.Runs.Units;

/// <summary>One unit of a stage and its state.</summary>
/// <param name="Number">Its number: of a chunk, or of a layer.</param>
/// <param name="Name">Its name within the run folder: <c>encodings/00012</c>, <c>probes/linear/ngram/layer-06</c>.</param>
/// <param name="State">Its state.</param>
/// <param name="Message">Why the last try failed; null where none did.</param>
public sealed record UnitStatus(int Number, string Name, UnitState State, string? Message = null);
