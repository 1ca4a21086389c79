using System.Diagnostics;
using AlignedProbing.Files.Http;
using StackExchange.Redis;

namespace AlignedProbing.Runs.Tracking;

/// <summary>Asks a Redis once whether it is there.</summary>
public static class RedisTrial
{
    /// <summary>Connects, and sends a PING.</summary>
    /// <param name="options">Where.</param>
    /// <returns>Its version and the milliseconds of the answer; or why there was none.</returns>
    public static async Task<(string? Version, double Milliseconds, string? Fault)> AskAsync(RedisOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(options.ToClient(fails: true)).ConfigureAwait(false);
            var start = Stopwatch.GetTimestamp();
            await connection.GetDatabase().PingAsync().ConfigureAwait(false);
            return (connection.GetServers()[0].Version.ToString(), Stopwatch.GetElapsedTime(start).TotalMilliseconds, null);
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            return (null, 0, Reason(error));
        }
    }

    /// <summary>What a person is told of an error of the client: one line, no secret.</summary>
    internal static string Reason(Exception error)
    {
        var words = error.ToString();
        return words.Contains("WRONGPASS", StringComparison.Ordinal) || words.Contains("NOAUTH", StringComparison.Ordinal)
            || words.Contains("AuthenticationFailure", StringComparison.Ordinal)
            ? "it does not take the password"
            : Secrets.Hide(error.Message.Split('\n')[0].TrimEnd('.'));
    }
}
