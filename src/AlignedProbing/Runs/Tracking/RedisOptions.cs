using System.Globalization;
using AlignedProbing.Files.Http;
using StackExchange.Redis;

namespace AlignedProbing.Runs.Tracking;

/// <summary>Where a Redis is, from the variables of the environment or of <c>.env</c>.</summary>
/// <param name="Server">Its name or address: <c>REDIS_SERVER</c>.</param>
/// <param name="Port">Its port, 1 to 65535: <c>REDIS_PORT</c>; 6379 unless stated.</param>
public sealed record RedisOptions(string Server, int Port)
{
    private const int UsualPort = 6379;

    /// <summary>The user: <c>REDIS_USERNAME</c>; null for the default one.</summary>
    public string? User { get; init; }

    /// <summary>The password: <c>REDIS_PASSWORD</c>; null for none. It is shown nowhere.</summary>
    public string? Password { get; init; }

    /// <summary>Whether the connection is encrypted: <c>REDIS_TLS</c>, true or false; false unless stated.</summary>
    public bool Tls { get; init; }

    /// <summary>How long an answer is waited for; 2 seconds unless stated.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The variables that are read.</summary>
    public static IReadOnlyList<string> Variables { get; } = ["REDIS_SERVER", "REDIS_PORT", "REDIS_USERNAME", "REDIS_PASSWORD", "REDIS_TLS"];

    /// <summary>Reads the variables.</summary>
    /// <param name="variable">Looks up a variable; null where it is not set.</param>
    /// <returns>Null where no server is named: then nothing is connected to.</returns>
    /// <exception cref="InputException"><c>wrong-usage</c>: one of them cannot be meant.</exception>
    public static RedisOptions? From(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        if (Set("REDIS_SERVER") is not { } server)
        {
            return null;
        }

        Secrets.Add(Set("REDIS_PASSWORD"));
        return new RedisOptions(server, PortOf(Set("REDIS_PORT")))
        {
            User = Set("REDIS_USERNAME"),
            Password = Set("REDIS_PASSWORD"),
            Tls = TlsOf(Set("REDIS_TLS")),
        };

        string? Set(string name) => variable(name) is { Length: > 0 } value ? value : null;
    }

    /// <summary>The options without the password.</summary>
    public override string ToString() => $"{Server}:{Port.ToString(CultureInfo.InvariantCulture)}{(Tls ? ", encrypted" : "")}";

    /// <summary>As the client takes them.</summary>
    /// <param name="fails">Whether connecting throws where nobody answers; otherwise it is tried again while the program goes on.</param>
    internal ConfigurationOptions ToClient(bool fails)
    {
        var milliseconds = (int)Patience.TotalMilliseconds;
        return new ConfigurationOptions
        {
            EndPoints = { { Server, Port } },
            User = User,
            Password = Password,
            Ssl = Tls,
            AbortOnConnectFail = fails,
            ConnectTimeout = milliseconds,
            SyncTimeout = milliseconds,
            AsyncTimeout = milliseconds,
            ConnectRetry = 1,
            ClientName = "aligned-probing",
            BacklogPolicy = BacklogPolicy.FailFast,
        };
    }

    private static int PortOf(string? text) =>
        text is null ? UsualPort
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535 ? port
        : throw new InputException("wrong-usage", $"REDIS_PORT={text}", "it is no port", $"Give 1 to 65535, or leave it out for {UsualPort}");

    private static bool TlsOf(string? text) => text?.ToUpperInvariant() switch
    {
        null or "FALSE" or "0" => false,
        "TRUE" or "1" => true,
        _ => throw new InputException("wrong-usage", $"REDIS_TLS={text}", "it is neither true nor false", "Give true, false, or leave it out"),
    };
}
