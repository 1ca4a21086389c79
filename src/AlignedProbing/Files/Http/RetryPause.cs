using System.Net.Http.Headers;

namespace AlignedProbing.Files.Http;

/// <summary>The pause that a server asks for.</summary>
internal static class RetryPause
{
    /// <summary>What Retry-After says, in seconds or as a date (RFC 9110, 10.2.3); never negative, null where there is none.</summary>
    public static TimeSpan? Of(HttpResponseHeaders headers, DateTimeOffset now) =>
        headers.RetryAfter?.Delta ?? (headers.RetryAfter?.Date is { } date ? TimeSpan.FromTicks(Math.Max(0, (date - now).Ticks)) : null);
}
