using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using AlignedProbing.Files;
using AlignedProbing.Files.Http;

namespace AlignedProbing.Scoring.Perspective;

/// <summary>
/// The Perspective API (https://www.perspectiveapi.com), for those who still have a key: the scorer of the paper and of RealToxicityPrompts. One request a
/// text, all attributes together, <c>doNotStore</c> always set. What the service refuses (language, empty, too long) is missing with that reason; throttling
/// and failures are asked again a bounded number of times. docs/reference/scorers/perspective.md lists the faults and what a user sees.
/// </summary>
public sealed class PerspectiveScorer : IScorer, IDisposable
{
    /// <summary>Its name.</summary>
    public const string ScorerName = "perspective";

    /// <summary>The last day on which the service answers.</summary>
    public static readonly DateOnly LastDay = new(2026, 12, 31);

    // "The maximum size per request is 20 KB of text" (the API's documentation).
    private const int MostBytes = 20_480;
    private const int MostFailuresInARow = 3;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly PerspectiveOptions _options;
    private readonly ServiceClient _client;
    private readonly RequestGate _gate;
    private readonly TimeProvider _time;
    private int _failuresInARow;

    /// <summary>Makes the scorer; asks nobody yet.</summary>
    /// <param name="options">How to ask.</param>
    /// <param name="time">The clock; the system's where left out.</param>
    /// <exception cref="InputException">The options cannot be used.</exception>
    public PerspectiveScorer(PerspectiveOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_options, _time) = (options, time ?? TimeProvider.System);
        _gate = new RequestGate(options.RequestsPerSecond, _time);
        _client = new ServiceClient(options.Timeout, connections: 32, _time, options.Key);
        LargestBatch = Math.Clamp(2 * (int)Math.Ceiling(options.RequestsPerSecond), 1, 64);
    }

    /// <inheritdoc/>
    public string Name => ScorerName;

    /// <summary>The API's version and the language asked for. The service's models can change without either.</summary>
    public string Version => $"v1alpha1-{_options.Language}";

    /// <inheritdoc/>
    public IReadOnlyList<string> Attributes => _options.Attributes;

    /// <inheritdoc/>
    public int LargestBatch { get; }

    /// <summary>When the service ends.</summary>
    public string Notice => EndsOn(DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime));

    /// <summary>Scores texts, as many at once as the rate allows.</summary>
    /// <exception cref="ScorerUnavailableException">The key is refused, the quota is used up, or nobody answers.</exception>
    /// <exception cref="IOException">One text got no answer after all attempts, while others did before.</exception>
    public async ValueTask<IReadOnlyList<TextScore>> ScoreAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var tasks = texts.Select(text => ScoreAsync(text, cancellationToken)).ToArray();
        try
        {
            return await Task.WhenAll(tasks).ConfigureAwait(false);
        }
        catch (IOException) when (tasks.Select(task => task.Exception?.InnerException).OfType<ScorerUnavailableException>().FirstOrDefault() is { } unavailable)
        {
            // What concerns every text goes before what concerns one.
            throw unavailable;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static string EndsOn(DateOnly today) =>
        today <= LastDay
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"the Perspective API ends on {LastDay:yyyy-MM-dd} ({LastDay.DayNumber - today.DayNumber} days from now) and gives out no keys any more; " +
                $"keep the scores with 'score --export', they can be imported for ever")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"the Perspective API ended on {LastDay:yyyy-MM-dd}; only scores that were recorded can be used (score --import)");

    private async Task<TextScore> ScoreAsync(string text, CancellationToken cancellationToken)
    {
        if (Unaskable(text) is { } reason)
        {
            return TextScore.AllMissing(Attributes, reason);
        }

        var asked = Attributes.ToList();
        var missing = new Dictionary<string, string>();
        while (true)
        {
            var reply = await AskAsync(text, asked, cancellationToken).ConfigureAwait(false);
            switch (reply.Kind)
            {
                case ReplyKind.Scored:
                    return new TextScore(reply.Scores!, missing);
                case ReplyKind.AttributeRefused when asked.Count > 1:
                    // The others may be had; each round leaves one fewer.
                    asked.Remove(reply.Detail);
                    missing[reply.Detail] = PerspectiveReply.Language;
                    break;
                case ReplyKind.AttributeRefused:
                    return TextScore.AllMissing(Attributes, PerspectiveReply.Language);
                default:
                    foreach (var attribute in asked)
                    {
                        missing[attribute] = reply.Detail;
                    }

                    return new TextScore(new Dictionary<string, double>(), missing);
            }
        }
    }

    private static string? Unaskable(string text)
    {
        try
        {
            return AtomicWrite.Utf8.GetByteCount(text) > MostBytes ? PerspectiveReply.TooLong : null;
        }
        catch (EncoderFallbackException)
        {
            return "not_utf8";
        }
    }

    // A reply that settles the matter, after as many attempts as it takes and the options allow.
    private async Task<PerspectiveReply> AskAsync(string text, IReadOnlyList<string> attributes, CancellationToken cancellationToken)
    {
        var pause = _options.FirstPause;
        for (var attempt = 1; ; attempt++, pause *= 2)
        {
            await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
            var reply = await RequestAsync(text, attributes, cancellationToken).ConfigureAwait(false);
            switch (reply.Kind)
            {
                case ReplyKind.KeyRefused:
                    throw Unavailable("perspective-key", reply, "Check PERSPECTIVE_API_KEY, and that the Comment Analyzer API is enabled for its project");
                case ReplyKind.AskedWrongly:
                    throw Unavailable("wrong-usage", reply, "Correct PERSPECTIVE_API_ATTRIBUTES (docs/reference/scorers/perspective.md)");
                case ReplyKind.QuotaUsedUp:
                    throw Unavailable(
                        "perspective-quota",
                        reply,
                        "Go on with the same command when the quota is renewed (daily quotas at midnight Pacific time)");
                case ReplyKind.Gone:
                    throw Unavailable("perspective-unreachable", reply, $"{char.ToUpperInvariant(Notice[0])}{Notice[1..]}");
                case ReplyKind.TooMany when attempt >= _options.Attempts || reply.Pause > _options.LongestPause:
                    throw Unavailable(
                        "perspective-quota",
                        reply,
                        "Lower PERSPECTIVE_API_QPS to what the key's quota allows, and go on later with the same command");
                case ReplyKind.Failed when attempt >= _options.Attempts || reply.Pause > _options.LongestPause:
                    throw GivenUp(reply, attempt);
                case ReplyKind.TooMany or ReplyKind.Failed:
                    _gate.Pause(reply.Pause ?? pause, _options.LongestPause);
                    break;
                default:
                    Interlocked.Exchange(ref _failuresInARow, 0);
                    return reply;
            }
        }
    }

    private async Task<PerspectiveReply> RequestAsync(string text, IReadOnlyList<string> attributes, CancellationToken cancellationToken)
    {
        var question = new
        {
            comment = new { text, type = "PLAIN_TEXT" },
            languages = _options.Language == "auto" ? null : new[] { _options.Language },
            requestedAttributes = attributes.ToDictionary(attribute => attribute.ToUpperInvariant(), _ => new { }),
            doNotStore = true,
        };
        var reply = await _client
            .PostAsync(
                _options.Endpoint,
                JsonSerializer.SerializeToUtf8Bytes(question, Json),
                headers => headers.TryAddWithoutValidation("X-Goog-Api-Key", _options.Key),
                cancellationToken)
            .ConfigureAwait(false);
        return reply.Failure is { } failure
            ? new PerspectiveReply(ReplyKind.Failed, null, failure)
            : PerspectiveReply.Of(reply.Status, reply.Body, attributes, reply.Pause);
    }

    // One text that fails may be that text's fault: its chunk fails, the others go on. Several in a row are the service's.
    private Exception GivenUp(PerspectiveReply reply, int attempts) =>
        Interlocked.Increment(ref _failuresInARow) < MostFailuresInARow
            ? new IOException($"asking the Perspective API: {ServerText.OneLine(reply.Detail, _options.Key)}, {attempts} times in a row")
            : Unavailable("perspective-unreachable", reply, $"Go on later with the same command; {Notice}");

    private ScorerUnavailableException Unavailable(string code, PerspectiveReply reply, string remedy) =>
        new(new InputException(code, "asking the Perspective API", ServerText.OneLine(reply.Detail, _options.Key), remedy));
}
