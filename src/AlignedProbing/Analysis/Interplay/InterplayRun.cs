namespace AlignedProbing.Analysis.Interplay;

/// <summary>A run as the tables of interplay know it.</summary>
/// <param name="Name">Its name, the same in both tables.</param>
/// <param name="Family">The family of models it is of.</param>
/// <param name="Layers">Number of blocks: its states are 0 .. layers.</param>
/// <param name="Behavior">Behaviour by metric; NaN where it is missing.</param>
public sealed record InterplayRun(string Name, string Family, int Layers, IReadOnlyDictionary<string, double> Behavior);
