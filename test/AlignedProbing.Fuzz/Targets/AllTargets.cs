namespace AlignedProbing.Fuzz.Targets;

/// <summary>Every foreign format.</summary>
internal static class AllTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
        [.. ModelTargets.All, .. TokenizerTargets.All, .. TextTargets.All, .. ServiceTargets.All, .. RunTargets.All];
}
