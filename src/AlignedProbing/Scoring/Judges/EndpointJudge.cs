using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using AlignedProbing.Files.Http;

namespace AlignedProbing.Scoring.Judges;

/// <summary>
/// A chat model served by an OpenAI-compatible endpoint (<c>POST /chat/completions</c>), asked at temperature 0. Throttling and failures are asked again a
/// bounded number of times with growing pauses, Retry-After honoured; what concerns every question (key, address, quota) stops scoring at once.
/// docs/reference/scorers/judges.md lists the faults and what a user sees.
/// </summary>
public sealed class EndpointJudge : IJudgeModel, IDisposable
{
    private const int MostFailuresInARow = 3;

    private readonly EndpointOptions _options;
    private readonly Uri _address;
    private readonly ServiceClient _client;
    private readonly RequestGate _gate;
    private int _failuresInARow;

    /// <summary>Makes the client; asks nobody yet.</summary>
    /// <param name="options">Whom to ask, and how.</param>
    /// <param name="time">The clock; the system's where left out.</param>
    /// <exception cref="InputException">The options cannot be used.</exception>
    public EndpointJudge(EndpointOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        time ??= TimeProvider.System;
        _address = new Uri(options.Endpoint.AbsoluteUri.TrimEnd('/') + "/chat/completions");
        _gate = new RequestGate(options.RequestsPerSecond, time);
        _client = new ServiceClient(options.Timeout, options.Parallel, time, options.Key);
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
    /// <exception cref="ScorerUnavailableException">The key is refused, the address or a parameter is wrong, the quota is used up, or nobody
    /// answers.</exception>
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
                    throw Unavailable(
                        "judge-key",
                        reply,
                        _options.Key is null
                            ? "The endpoint wants a key: name the environment variable that holds it in the scorer file (\"key\": \"MY_KEY\")"
                            : "Check the key, and that it may use this model");
                case EndpointReplyKind.QuotaUsedUp:
                    throw Unavailable("judge-quota", reply, "Go on with the same command when the account has quota again; what was answered is kept");
                case EndpointReplyKind.AskedWrongly:
                    throw Unavailable("judge-endpoint", reply, "Check endpoint, judge and parameters of the scorer file (docs/reference/scorers/judges.md)");
                case EndpointReplyKind.TooMany when attempt >= _options.Attempts || reply.Pause > _options.LongestPause:
                    throw Unavailable("judge-quota", reply, "Lower parallel or requests_per_second in the scorer file, and go on later with the same command");
                case EndpointReplyKind.NobodyThere when attempt >= _options.Attempts:
                    throw Unreachable(reply);
                case EndpointReplyKind.Failed when attempt >= _options.Attempts || reply.Pause > _options.LongestPause:
                    throw GivenUp(reply, attempt);
                default:
                    _gate.Pause(reply.Pause ?? pause, _options.LongestPause);
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
        var reply = await _client
            .PostAsync(
                _address,
                body,
                headers => headers.Authorization = _options.Key is null ? null : new AuthenticationHeaderValue("Bearer", _options.Key),
                cancellationToken)
            .ConfigureAwait(false);
        return reply.Failure is not { } failure ? EndpointReply.Of(reply.Status, reply.Body, reply.Pause)
            : reply.NobodyThere ? new EndpointReply(EndpointReplyKind.NobodyThere, default, failure)
            : EndpointReply.Failed(failure);
    }

    // One question that fails may be that text's fault: its chunk fails, the others go on. Several in a row are the service's.
    private Exception GivenUp(EndpointReply reply, int attempts) =>
        Interlocked.Increment(ref _failuresInARow) < MostFailuresInARow
            ? new IOException($"asking '{_options.Model}' at {_address.Authority}: {ServerText.OneLine(reply.Detail, _options.Key)}, {attempts} times in a row")
            : Unreachable(reply);

    private ScorerUnavailableException Unreachable(EndpointReply reply) =>
        Unavailable("judge-unreachable", reply, "Check that the server runs, and go on with the same command; what was answered is kept");

    private ScorerUnavailableException Unavailable(string code, EndpointReply reply, string remedy) =>
        new(new InputException(code, $"asking '{_options.Model}' at {_address.Authority}", ServerText.OneLine(reply.Detail, _options.Key), remedy));
}
