using AlignedProbing.Settings;

namespace AlignedProbing.Studies;

/// <summary>An option in a study file.</summary>
/// <param name="Setting">The option.</param>
/// <param name="Choices">The texts of each value: a run each. Empty texts leave the option out.</param>
/// <param name="Line">Its line, from 1.</param>
internal sealed record StudyChoice(Setting Setting, IReadOnlyList<IReadOnlyList<string>> Choices, long Line);
