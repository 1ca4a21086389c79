using System.Globalization;

namespace AlignedProbing.Runs.Tracking;

/// <summary>A unit that a worker has claimed.</summary>
/// <param name="Unit">Its name within the run folder.</param>
/// <param name="Worker">Who has it: machine, process, and letters by chance.</param>
/// <param name="Since">Since when, by the worker's clock.</param>
public sealed record RedisClaim(string Unit, string Worker, DateTimeOffset Since)
{
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>As it stands in Redis.</summary>
    internal string Value => $"{Worker} {Since.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture)}";

    /// <summary>Reads what stands in Redis; null where it is no claim of this program.</summary>
    internal static RedisClaim? Read(string unit, string? value) =>
        value?.Split(' ') is [var worker, var since]
        && DateTimeOffset.TryParseExact(since, Form, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? new RedisClaim(unit, worker, time)
            : null;
}
