namespace AlignedProbing.Analysis.RunComparisons;

/// <summary>What runs are called where several stand side by side.</summary>
internal static class ComparedNames
{
    /// <summary>The last parts of their paths, as few as tell them apart.</summary>
    /// <param name="paths">Absolute paths, each different.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> paths)
    {
        var parts = paths
            .Select(path => path.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries))
            .ToArray();
        var most = Math.Max(1, parts.Max(path => path.Length));
        return Enumerable
            .Range(1, most)
            .Select(depth => (string[])[.. parts.Select(path => string.Join('/', path.TakeLast(depth)))])
            .FirstOrDefault(names => names.Distinct().Count() == names.Length)
            ?? paths;
    }
}
