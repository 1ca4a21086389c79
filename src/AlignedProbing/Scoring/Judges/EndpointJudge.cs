using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using AlignedProbing.Scoring.Perspective;

namespace AlignedProbing.Scoring.Judges;

/// <summary>
/// A chat model behind an OpenAI-compatible endpoint (<c>POST /chat/completions</c>), asked at temperature 0. Throttling and failures are asked again a bounded number of times with growing
/// pauses, Retry-After honoured; what concerns every question (key, address, quota) stops scoring at once. docs/scorers/judges.md lists the faults and what a user sees.
/// </summary>
public sealed class EndpointJudge : IJudgeModel, IDisposable
{
    private const int MostFailuresInARow = 3;

    private readonly EndpointOptions _options;
    private readonly Uri _address;
    private readonly HttpClient _client;
    private readonly RequestGate _gate;
    private readonly TimeProvider _time;
    private int _failuresInARow;

    /// <summary>Makes the client; asks nobody yet.</summary>
    /// <param name="options">Whom to ask, and how.</param>
    /// <param name="time">The clock; the system's where left out.</param>
    /// <exception cref="InputException">The options cannot be used.</exception>
    public EndpointJudge(EndpointOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_options, _time) = (options, time ?? TimeProvider.System);
        _address = new Uri(options.Endpoint.AbsoluteUri.TrimEnd('/') + "/chat/completions");
        _gate = new RequestGate(options.RequestsPerSecond, _time);
        // A redirect would carry the key to whoever it names.
        _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(10), MaxConnectionsPerServer = options.Parallel })
        {
            Timeout = options.Timeout,
            MaxResponseContentBufferSize = 1 << 20,
        };
        Details = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["model"] = options.Model,
            ["endpoint"] = options.Endpoint.AbsoluteUri.TrimEnd('/'),
            ["answer_tokens"] = options.AnswerTokens.ToString(CultureInfo.InvariantCulture),
            ["parameters"] = options.Parameters?.ToJsonString() ?? "{}",
        };
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Details { get; }

    /// <summary>Nobody here has seen the weights.</summary>
    public string? Sha256 => null;

    /// <summary>Asks, as many questions at once as the options allow.</summary>
    /// <exception cref="ScorerUnavailableException">The key is refused, the address or a parameter is wrong, the quota is used up, or nobody answers.</exception>
    /// <exception cref="IOException">One question got no answer after all attempts, while others did before.</exception>
    public async ValueTask<IReadOnlyList<JudgeAnswer>> AskAsync(IReadOnlyList<JudgeQuestion> questions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(questions);
        var answers = new JudgeAnswer[questions.Count];
        var all = Parallel.ForEachAsync(
            Enumerable.Range(0, questions.Count),
            new ParallelOptions { MaxDegreeOfParallelism = _options.Parallel, CancellationToken = cancellationToken },
            async (i, stop) => answers[i] = await AskAsync(questions[i], stop).ConfigureAwait(false));
        try
        {
            await all.ConfigureAwait(false);
        }
        catch (Exception) when (all.Exception?.InnerExceptions.OfType<ScorerUnavailableException>().FirstOrDefault() is { } unavailable)
        {
            // What concerns every question goes before what concerns one.
            throw unavailable;
        }

        return answers;
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    // An answer that settles the matter, after as many attempts as it takes and the options allow.
    private async Task<JudgeAnswer> AskAsync(JudgeQuestion question, CancellationToken cancellationToken)
    {
        var body = Encoding.UTF8.GetBytes(Body(question).ToJsonString());
        var pause = _options.FirstPause;
        for (var attempt = 1; ; attempt++, pause *= 2)
        {
            await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
            var reply = await RequestAsync(body, cancellationToken).ConfigureAwait(false);
            switch (reply.Kind)
            {
                case EndpointReplyKind.Answered:
                    Interlocked.Exchange(ref _failuresInARow, 0);
                    return reply.Answer;
                case EndpointReplyKind.KeyRefused:
                    throw Unavailable("judge-key", reply, _options.Key is null ? "The endpoint wants a key: name the environment variable that holds it in the scorer file (\"key\": \"MY_KEY\")" : "Check the key, and that it may use this model");
                case EndpointReplyKind.QuotaUsedUp:
                    throw Unavailable("judge-quota", reply, "Go on with the same command when the account has quota again; what was answered is kept");
                case EndpointReplyKind.AskedWrongly:
                    throw Unavailable("judge-endpoint", reply, "Check endpoint, judge and parameters of the scorer file (docs/scorers/judges.md)");
                case EndpointReplyKind.TooMany when attempt >= _options.Attempts || reply.Pause > _options.LongestPause:
                    throw Unavailable("judge-quota", reply, "Lower parallel or requests_per_second in the scorer file, and go on later with the same command");
                case EndpointReplyKind.NobodyThere when attempt >= _options.Attempts:
                    throw Unreachable(reply);
                case EndpointReplyKind.Failed when attempt >= _options.Attempts || reply.Pause > _options.LongestPause:
                    throw GivenUp(reply, attempt);
                default:
                    _gate.Pause(Shorter(reply.Pause ?? pause, _options.LongestPause));
                    break;
            }
        }
    }

    private JsonObject Body(JudgeQuestion question)
    {
        var messages = new JsonArray();
        if (question.System is { } system)
        {
            messages.Add(Message("system", system));
        }

        messages.Add(Message("user", question.User));
        var body = new JsonObject { ["model"] = _options.Model, ["messages"] = messages, ["temperature"] = 0, ["max_tokens"] = _options.AnswerTokens };
        foreach (var (name, value) in _options.Parameters ?? [])
        {
            body.Remove(name);
            if (value is not null)
            {
                body[name] = value.DeepClone();
            }
        }

        return body;

        static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };
    }

    private async Task<EndpointReply> RequestAsync(byte[] body, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
            if (_options.Key is not null)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _options.Key);
            }

            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken).ConfigureAwait(false);
            var text = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
            var retry = response.Headers.RetryAfter;
            return EndpointReply.Of(response.StatusCode, text, retry?.Delta ?? (retry?.Date is { } date ? TimeSpan.FromTicks(Math.Max(0, (date - _time.GetUtcNow()).Ticks)) : null));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return EndpointReply.Failed(string.Create(CultureInfo.InvariantCulture, $"no answer within {_options.Timeout.TotalSeconds} s"));
        }
        catch (HttpRequestException error) when (error.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            return new EndpointReply(EndpointReplyKind.NobodyThere, default, $"no connection: {error.GetBaseException().Message}");
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return EndpointReply.Failed($"no whole answer: {error.GetBaseException().Message}");
        }
    }

    // One question that fails may be that text's fault: its chunk fails, the others go on. Several in a row are the service's.
    private Exception GivenUp(EndpointReply reply, int attempts) =>
        Interlocked.Increment(ref _failuresInARow) < MostFailuresInARow
            ? new IOException($"asking '{_options.Model}' at {_address.Authority}: {Safe(reply.Detail)}, {attempts} times in a row")
            : Unreachable(reply);

    private ScorerUnavailableException Unreachable(EndpointReply reply) =>
        Unavailable("judge-unreachable", reply, "Check that the server runs, and go on with the same command; what was answered is kept");

    private ScorerUnavailableException Unavailable(string code, EndpointReply reply, string remedy) =>
        new(new InputException(code, $"asking '{_options.Model}' at {_address.Authority}", Safe(reply.Detail), remedy));

    // What a service says goes to terminals and files: one line, not long, and never the key.
    private string Safe(string text)
    {
        var hidden = _options.Key is null ? text : text.Replace(_options.Key, "(key)", StringComparison.Ordinal);
        var clean = string.Concat(hidden.Select(c => char.IsControl(c) ? ' ' : c)).Trim().TrimEnd('.');
        return clean.Length <= 300 ? clean : clean[..300] + " ...";
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
