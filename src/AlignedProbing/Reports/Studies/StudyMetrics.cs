namespace AlignedProbing.Reports.Studies;

/// <summary>The figures of behaviour that a study's page shows, in their order.</summary>
internal static class StudyMetrics
{
    /// <summary>Their names in <c>behavior.csv</c>.</summary>
    public static readonly string[] Shown = ["EMT", "TP", "TC"];
}
