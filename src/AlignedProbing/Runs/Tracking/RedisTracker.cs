using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlignedProbing.Files;
using AlignedProbing.Files.Http;
using AlignedProbing.Runs.Units;
using StackExchange.Redis;

namespace AlignedProbing.Runs.Tracking;

/// <summary>
/// Claims and tells of units through Redis. Nothing depends on it: where Redis does not answer, forgets or refuses, units are made without it, at worst twice
/// with the same bytes. It is asked again some seconds later.
/// </summary>
public sealed class RedisTracker : IUnitTracker, IDisposable
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(1);

    private readonly RedisOptions _options;
    private readonly RunFolder _run;
    private readonly RedisKeys _keys;
    private readonly TimeSpan _expiry;
    private readonly Action<string> _say;
    private readonly TimeProvider _time;
    private readonly string _worker;
    private readonly ConcurrentDictionary<string, RedisClaim> _held = new(StringComparer.Ordinal);
    private readonly Task<ConnectionMultiplexer> _connection;
    private readonly Timer? _renewal;
    private readonly Lock _lock = new();
    private long? _restingSince;
    private TimeSpan _rest = Rest;
    private int _told;

    /// <summary>Begins to connect, without waiting.</summary>
    /// <param name="options">Where.</param>
    /// <param name="run">The run.</param>
    /// <param name="claimFor">How long a claim holds that is not renewed; null: units are not claimed.</param>
    /// <param name="say">Hears when Redis falls silent and when it answers again.</param>
    /// <param name="time">The clock; the machine's unless stated.</param>
    public RedisTracker(RedisOptions options, RunFolder run, TimeSpan? claimFor, Action<string> say, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(say);
        var letters = Guid.NewGuid().ToString("n");
        (_options, _run, _keys, _say, _time) = (options, run, RedisKeys.Of(run), say, time ?? TimeProvider.System);
        (Claims, _expiry) = (claimFor is not null, claimFor ?? Rest);
        _worker = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}:{Environment.ProcessId}:{letters[..8]}").Replace(' ', '-');
        Start = int.Parse(letters.AsSpan(8, 7), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        _connection = ConnectionMultiplexer.ConnectAsync(options.ToClient(fails: false));
        _renewal = Claims ? new Timer(_ => Renew(), null, _expiry / 3, _expiry / 3) : null;
    }

    /// <inheritdoc/>
    public bool Claims { get; }

    /// <inheritdoc/>
    public int Start { get; }

    /// <inheritdoc/>
    public bool TryClaim(string unit)
    {
        var claim = new RedisClaim(unit, _worker, _time.GetUtcNow());
        if (!Ask(database => Take(database, claim), otherwise: true))
        {
            return false;
        }

        _held[unit] = claim;
        return true;
    }

    /// <inheritdoc/>
    public void Release(string unit)
    {
        if (_held.TryRemove(unit, out var claim))
        {
            Ask(database => database.LockRelease(_keys.Claim(unit), claim.Value), otherwise: false);
        }
    }

    /// <inheritdoc/>
    public void Done(string unit, double seconds) => Do(database =>
    {
        Tell(
            database,
            _keys.Unit(unit),
            [
                new HashEntry("state", "done"),
                new HashEntry("worker", _worker),
                new HashEntry("finished", Now()),
                new HashEntry("seconds", Math.Round(seconds, 3).ToString(CultureInfo.InvariantCulture)),
            ]);
        database.HashIncrement(_keys.Unit(unit), "times", 1, CommandFlags.FireAndForget);
    });

    /// <inheritdoc/>
    public void Failed(UnitFailure failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        Do(database => Tell(database, _keys.Unit(failure.Unit),
        [
            new HashEntry("state", "failed"),
            new HashEntry("worker", _worker),
            new HashEntry("finished", Now()),
            new HashEntry("message", Secrets.Hide(failure.Message)),
        ]));
    }

    /// <summary>Writes every finding as a hash: its fields as in <c>findings.json</c>, what is no single value as JSON.</summary>
    public void Publish(Findings findings)
    {
        foreach (var (kind, list) in JsonSerializer.SerializeToNode(findings, RecordJson.Line)!.AsObject())
        {
            foreach (var (number, finding) in (list as JsonArray ?? []).Index())
            {
                if (finding is JsonObject fields)
                {
                    Do(database => Tell(database, _keys.Finding(kind, number), [.. fields.Select(field => new HashEntry(field.Key, Text(field.Value)))]));
                }
            }
        }
    }

    /// <summary>Who has claimed which of some units, as Redis has it; empty where it does not answer.</summary>
    public IReadOnlyList<RedisClaim> ClaimsOf(IReadOnlyList<string> units) => Ask(
        database =>
        {
            var values = database.StringGet([.. units.Select(unit => (RedisKey)_keys.Claim(unit))]);
            return (IReadOnlyList<RedisClaim>)[.. units.Zip(values, (unit, value) => RedisClaim.Read(unit, value)).OfType<RedisClaim>()];
        },
        otherwise: []);

    /// <inheritdoc/>
    public void Dispose()
    {
        _renewal?.Dispose();
        foreach (var unit in _held.Keys)
        {
            Release(unit);
        }

        // What is still on its way is waited for as long as for one answer.
        Ask(database => database.Ping(), otherwise: default);
        if (_connection.IsCompletedSuccessfully)
        {
            _connection.Result.Dispose();
        }
    }

    // A claim without an expiry is nobody's: this program sets none, and it would be held for ever.
    private bool Take(IDatabase database, RedisClaim claim)
    {
        var key = _keys.Claim(claim.Unit);
        if (database.LockTake(key, claim.Value, _expiry))
        {
            return true;
        }

        if (database.KeyExists(key) && database.KeyTimeToLive(key) is null)
        {
            database.KeyDelete(key);
            return database.LockTake(key, claim.Value, _expiry);
        }

        return false;
    }

    // Redis may have forgotten a claim (it was restarted, or emptied): then it is made again.
    private void Renew()
    {
        foreach (var (unit, claim) in _held)
        {
            Ask(
                database => database.LockExtend(_keys.Claim(unit), claim.Value, _expiry)
                    || (_held.ContainsKey(unit) && database.LockTake(_keys.Claim(unit), claim.Value, _expiry)),
                otherwise: false);
        }
    }

    private void Do(Action<IDatabase> act) => Ask(
        database =>
        {
            act(database);
            return true;
        },
        otherwise: false);

    // One silence is waited for; then Redis is left alone, each time for longer up to a minute, so that a slow one does not slow every unit.
    private T Ask<T>(Func<IDatabase, T> ask, T otherwise)
    {
        if (_restingSince is { } since && Stopwatch.GetElapsedTime(since) < _rest)
        {
            return otherwise;
        }

        try
        {
            if (!_connection.Wait(_options.Patience))
            {
                throw new TimeoutException(FormattableString.Invariant($"no connection within {_options.Patience.TotalSeconds} s"));
            }

            var answer = ask(_connection.Result.GetDatabase());
            Hear(null);
            return answer;
        }
        catch (Exception error) when (error is RedisException or TimeoutException or ObjectDisposedException
            || error is AggregateException { InnerException: RedisException or TimeoutException })
        {
            Hear(error);
            return otherwise;
        }
    }

    private void Hear(Exception? error)
    {
        lock (_lock)
        {
            var rested = _restingSince is not null;
            _restingSince = error is null ? null : Stopwatch.GetTimestamp();
            _rest = error is null || !rested ? Rest : TimeSpan.FromTicks(Math.Min(LongestRest.Ticks, _rest.Ticks * 2));
            if (error is not null && !rested)
            {
                _say($"Redis ({_options}): {RedisTrial.Reason(error)}; going on without it, results are the same");
            }
            else if (error is null && rested)
            {
                _say($"Redis ({_options}) answers again");
            }
        }
    }

    private HashEntry[] About(RunFolder run)
    {
        var manifest = run.ReadManifest();
        return
        [
            new HashEntry("folder", run.FullPath),
            new HashEntry("model", manifest.Model.Name),
            new HashEntry("prompts", manifest.Prompts.Prompts.ToString(CultureInfo.InvariantCulture)),
            new HashEntry("seen", Now()),
        ];
    }

    private void Tell(IDatabase database, string key, HashEntry[] fields)
    {
        if (Interlocked.Exchange(ref _told, 1) == 0)
        {
            database.SetAdd(RedisKeys.Runs, _keys.Run, CommandFlags.FireAndForget);
            database.HashSet(_keys.About, About(_run), CommandFlags.FireAndForget);
        }

        database.HashSet(key, fields, CommandFlags.FireAndForget);
    }

    private static string Text(JsonNode? value) => value switch
    {
        null => "",
        JsonValue single when single.TryGetValue<string>(out var text) => text,
        _ => value.ToJsonString(RecordJson.Line),
    };

    private string Now() => _time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
