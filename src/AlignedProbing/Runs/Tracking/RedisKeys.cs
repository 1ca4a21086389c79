using System.Security.Cryptography;

namespace AlignedProbing.Runs.Tracking;

/// <summary>
/// The keys of a run in Redis (docs/guide/tracking.md). A run is called by its folder's name and its manifest's hash, so that machines which see the folder
/// under unlike paths call it alike.
/// </summary>
/// <param name="run">The run's name.</param>
public sealed class RedisKeys(string run)
{
    private const int HashDigits = 12;
    private const string Root = "aligned-probing";

    /// <summary>The set of all runs' names.</summary>
    public static string Runs => $"{Root}:runs";

    /// <summary>The run's name.</summary>
    public string Run => run;

    /// <summary>The hash that says what the run is of.</summary>
    public string About => $"{Root}:run:{run}";

    /// <summary>The keys of a run.</summary>
    /// <exception cref="IOException">Its manifest cannot be read.</exception>
    public static RedisKeys Of(RunFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(folder.ManifestPath)));
        return new RedisKeys($"{Path.GetFileName(folder.FullPath)}-{hash[..HashDigits]}");
    }

    /// <summary>The claim of a unit: a string that expires.</summary>
    public string Claim(string unit) => $"{Root}:claim:{run}:{unit}";

    /// <summary>The hash of a unit that was finished or failed.</summary>
    public string Unit(string unit) => $"{Root}:unit:{run}:{unit}";

    /// <summary>The hash of a finding.</summary>
    /// <param name="kind">behavior, internals, peaks.</param>
    /// <param name="number">Its place in <c>findings.json</c>, from 0.</param>
    public string Finding(string kind, int number) => FormattableString.Invariant($"{Root}:finding:{run}:{kind}:{number}");
}
