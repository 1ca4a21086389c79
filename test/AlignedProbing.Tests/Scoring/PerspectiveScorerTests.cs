using System.Text.Json;
using AlignedProbing.Runs;
using AlignedProbing.Scoring;
using AlignedProbing.Scoring.Perspective;
using AlignedProbing.Scoring.Recorded;
using Answer = AlignedProbing.Tests.Scoring.LoopbackServer.Answer;

namespace AlignedProbing.Tests.Scoring;

public sealed class PerspectiveScorerTests
{
    private const string Key = "AIza-a-very-secret-key";

    [Fact]
    public async Task A_request_is_as_the_api_documents_it_and_the_key_is_in_no_address()
    {
        using var server = new LoopbackServer((_, body) => Scores(body));
        using var scorer = Scorer(server);

        var score = Assert.Single(await scorer.ScoreAsync(["Grüße, \"you\" <3"], TestContext.Current.CancellationToken));

        var (head, text, _) = Assert.Single(server.Requests);
        var request = JsonDocument.Parse(text).RootElement;
        Assert.StartsWith("POST /v1alpha1/comments:analyze HTTP/1.1\r\n", head, StringComparison.Ordinal);
        Assert.Contains($"X-Goog-Api-Key: {Key}", head, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("Grüße, \"you\" <3", request.GetProperty("comment").GetProperty("text").GetString());
        Assert.Equal("PLAIN_TEXT", request.GetProperty("comment").GetProperty("type").GetString());
        Assert.Equal(["en"], request.GetProperty("languages").EnumerateArray().Select(language => language.GetString()));
        Assert.True(request.GetProperty("doNotStore").GetBoolean());
        Assert.Equal(
            scorer.Attributes.Select(attribute => attribute.ToUpperInvariant()),
            request.GetProperty("requestedAttributes").EnumerateObject().Select(attribute => attribute.Name));
        Assert.Equal(scorer.Attributes.Order(), score.Scores.Keys.Order());
        Assert.Equal(0.25, score.Scores["threat"]);
        Assert.Empty(score.Missing);
    }

    [Fact]
    public async Task Automatic_language_names_none()
    {
        using var server = new LoopbackServer((_, body) => Scores(body));
        using var scorer = Scorer(server, options => options with { Language = "auto" });
        await scorer.ScoreAsync(["a"], TestContext.Current.CancellationToken);
        Assert.False(JsonDocument.Parse(server.Requests.Single().Body).RootElement.TryGetProperty("languages", out _));
        Assert.Equal("v1alpha1-auto", scorer.Version);
    }

    [Theory]
    [InlineData("""{"error":{"code":400,"message":"Comment must be non-empty.","details":[{"errorType":"COMMENT_EMPTY"}]}}""", "empty_text")]
    [InlineData("""{"error":{"code":400,"message":"x","details":[{"errorType":"COMMENT_TOO_LONG"}]}}""", "too_long")]
    [InlineData("""{"error":{"code":400,"message":"x","details":[{"errorType":"LANGUAGE_DETECTION_FAILED"}]}}""", "language")]
    [InlineData("""{"error":{"code":400,"message":"x","details":[{"errorType":"INVALID_REQUEST"}]}}""", "refused")]
    [InlineData("""{"error":{"code":400,"details":7}}""", "refused")]
    public async Task What_the_service_refuses_is_missing_with_its_reason_and_asked_for_once(string body, string reason)
    {
        using var server = new LoopbackServer((_, _) => new Answer(400, body));
        using var scorer = Scorer(server);
        var score = (await scorer.ScoreAsync(["a text"], TestContext.Current.CancellationToken))[0];
        Assert.Empty(score.Scores);
        Assert.Equal(scorer.Attributes.Count, score.Missing.Count);
        Assert.All(score.Missing.Values, found => Assert.Equal(reason, found));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task An_attribute_without_the_language_is_left_out_and_the_others_are_scored()
    {
        using var server = new LoopbackServer(
            (_, body) =>
                body.Contains("SEXUALLY_EXPLICIT", StringComparison.Ordinal)
                    ? new Answer(
                        400,
                        """{"error":{"message":"Attribute SEXUALLY_EXPLICIT does not support request languages:""" +
                        """ it","details":[{"errorType":"LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",""" +
                        """ "languageNotSupportedByAttributeError":{"attribute":"SEXUALLY_EXPLICIT"}}]}}"""
                    )
                : body.Contains("INSULT", StringComparison.Ordinal)
                    ? new Answer(400, """{"error":{"message":"Attribute INSULT does not support request languages: it"}}""")
                : Scores(body));
        using var scorer = Scorer(server);
        var score = (await scorer.ScoreAsync(["ciao"], TestContext.Current.CancellationToken))[0];
        Assert.Equal(["insult", "sexually_explicit"], score.Missing.Keys.Order());
        Assert.All(score.Missing.Values, reason => Assert.Equal("language", reason));
        Assert.Equal(5, score.Scores.Count);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task Texts_longer_than_the_service_takes_and_texts_that_are_no_utf8_are_not_sent()
    {
        using var server = new LoopbackServer((_, body) => Scores(body));
        using var scorer = Scorer(server);
        var scores = await scorer.ScoreAsync([new string('é', 10_241), "\ud800", new string('a', 20_480)], TestContext.Current.CancellationToken);
        Assert.Equal("too_long", scores[0].Missing["toxicity"]);
        Assert.Equal("not_utf8", scores[1].Missing["toxicity"]);
        Assert.Empty(scores[2].Missing);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Throttled_it_waits_as_long_as_the_service_asks_for()
    {
        using var server = new LoopbackServer(
            (number, body) => number == 0 ? new Answer(429, TooMany("AnalyzeRequestsPerMinutePerProject")) { Headers = "Retry-After: 1\r\n" } : Scores(body));
        using var scorer = Scorer(server);
        Assert.Empty((await scorer.ScoreAsync(["a"], TestContext.Current.CancellationToken))[0].Missing);
        var times = server.Requests.Select(request => request.At).ToArray();
        Assert.InRange(times[1] - times[0], 0.9, 20);
    }

    [Fact]
    public async Task Requests_keep_the_rate()
    {
        using var server = new LoopbackServer((_, body) => Scores(body));
        using var scorer = Scorer(server, options => options with { RequestsPerSecond = 20 });
        await scorer.ScoreAsync(["a", "b", "c", "d", "e"], TestContext.Current.CancellationToken);
        var times = server.Requests.Select(request => request.At).Order().ToArray();
        Assert.True(times[^1] - times[0] >= 0.15, $"five requests came within {times[^1] - times[0]} s");
        Assert.Equal(40, scorer.LargestBatch);
    }

    [Theory]
    [InlineData(429, "PerMinute", "", "perspective-quota", 3)]
    [InlineData(429, "PerMinute", "Retry-After: 86400\r\n", "perspective-quota", 1)]
    [InlineData(429, "AnalyzeRequestsPerDayPerProject", "", "perspective-quota", 1)]
    [InlineData(403, "SERVICE_DISABLED", "", "perspective-key", 1)]
    [InlineData(401, "", "", "perspective-key", 1)]
    [InlineData(400, "API_KEY_INVALID", "", "perspective-key", 1)]
    [InlineData(404, "", "", "perspective-unreachable", 1)]
    public async Task Quota_and_key_errors_are_told_apart_and_end_the_scoring(int status, string reason, string headers, string code, int requests)
    {
        using var server = new LoopbackServer((_, _) => new Answer(status, TooMany(reason)) { Headers = headers });
        using var scorer = Scorer(server);
        var error = await Assert.ThrowsAsync<ScorerUnavailableException>(async () => await scorer.ScoreAsync(["a"], TestContext.Current.CancellationToken));
        Assert.Equal(code, error.Fault.Code);
        Assert.Equal(requests, server.Requests.Count);
        Assert.DoesNotContain(Key, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_attribute_that_does_not_exist_is_the_users_to_correct()
    {
        using var server = new LoopbackServer((_, _) => new Answer(400, """{"error":{"message":"Unknown requested attribute: TOXICITIES"}}"""));
        using var scorer = Scorer(server);
        var error = await Assert.ThrowsAsync<ScorerUnavailableException>(async () => await scorer.ScoreAsync(["a"], TestContext.Current.CancellationToken));
        Assert.Equal("wrong-usage", error.Fault.Code);
        Assert.Contains("TOXICITIES", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("no-score")]
    [InlineData("out-of-range")]
    [InlineData("broken-off")]
    [InlineData("closes")]
    [InlineData("stalls")]
    [InlineData("dies")]
    [InlineData("endless")]
    [InlineData("redirects")]
    public async Task A_failure_is_asked_again_and_an_answer_ends_it(string fault)
    {
        using var server = new LoopbackServer((number, body) => number < 2 ? Faulty(fault, body) : Scores(body));
        using var scorer = Scorer(server, options => fault == "stalls" ? options with { Timeout = TimeSpan.FromSeconds(1.5) } : options);
        Assert.Equal(0.25, (await scorer.ScoreAsync(["a"], TestContext.Current.CancellationToken))[0].Scores["toxicity"]);
        Assert.Equal(3, server.Requests.Count);
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("broken-off")]
    [InlineData("stalls")]
    [InlineData("dies")]
    public async Task A_service_that_never_recovers_is_left_alone_after_a_few_texts(string fault)
    {
        using var server = new LoopbackServer((_, body) => Faulty(fault, body));
        using var scorer = Scorer(server, options => fault == "stalls" ? options with { Timeout = TimeSpan.FromMilliseconds(200) } : options);
        await Assert.ThrowsAsync<IOException>(async () => await scorer.ScoreAsync(["a"], TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<IOException>(async () => await scorer.ScoreAsync(["b"], TestContext.Current.CancellationToken));
        var error = await Assert.ThrowsAsync<ScorerUnavailableException>(async () => await scorer.ScoreAsync(["c"], TestContext.Current.CancellationToken));
        Assert.Equal("perspective-unreachable", error.Fault.Code);
        Assert.Contains("2026-12-31", error.Message, StringComparison.Ordinal);
        Assert.Equal(9, server.Requests.Count);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_an_error_and_no_loop()
    {
        var server = new LoopbackServer((_, body) => Scores(body));
        using var scorer = Scorer(server);
        server.Dispose();
        await Assert.ThrowsAsync<IOException>(async () => await scorer.ScoreAsync(["a"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_key_is_struck_out_of_what_a_service_says()
    {
        using var server = new LoopbackServer((_, _) => new Answer(403, """{"error":{"message":"Bad key """ + Key + """\u0007\nsecond line"}}"""));
        using var scorer = Scorer(server);
        var error = await Assert.ThrowsAsync<ScorerUnavailableException>(async () => await scorer.ScoreAsync(["a"], TestContext.Current.CancellationToken));
        Assert.Contains("Bad key (key)  second line", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_keeps_what_was_scored_before_the_quota_ran_out_and_goes_on_from_there()
    {
        using var run = new ScoringRun(
            chunk: 1,
            prompts: [new() { Id = "a", Text = "one" }, new() { Id = "b", Text = "two" }, new() { Id = "c", Text = "three" }]);
        run.Encode(0, ("a", 0, "x"));
        run.Encode(1, ("b", 0, "y"));
        run.Encode(2, ("c", 0, ""));
        var cache = Path.Combine(run.Path, "cache");
        using var server = new LoopbackServer((number, body) => number == 3 ? new Answer(429, TooMany("PerDay")) : Scores(body));

        var first = await ScoreAsync();
        var second = await ScoreAsync();

        Assert.Equal(1, first.Done);
        Assert.Contains("docs/errors/perspective-quota.md", Assert.Single(first.Failed).Message, StringComparison.Ordinal);
        Assert.Equal((2, 1), (second.Done, second.AlreadyDone));
        Assert.Equal("empty_text", run.Folder.ReadScores("perspective", 2)[1].Missing["toxicity"]);
        // Five texts that are not empty, and the refused request: none was asked for twice.
        Assert.Equal(6, server.Requests.Count);
        Assert.DoesNotContain(Directory.EnumerateFiles(run.Path, "*", SearchOption.AllDirectories), file =>
            File.ReadAllText(file).Contains(Key, StringComparison.Ordinal));

        async Task<StageResult> ScoreAsync()
        {
            var scorer = Scorer(server, options => options with { RequestsPerSecond = 500 });
            using var cached = new CachedScorer(new OneAtATime(scorer), ScoreCache.Open(cache, ScorerIdentity.Of(scorer)));
            return await ScoringStage.RunAsync(run.Folder, cached, new ScoringOptions(), null, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public void Variables_set_it_up_and_faults_in_them_are_named_without_the_key()
    {
        Assert.Equal("perspective-key", Fault([]).Code);
        Assert.Equal("perspective-key", Fault(new() { ["PERSPECTIVE_API_KEY"] = "two words" }).Code);
        Assert.Contains("QPS", Fault(With("PERSPECTIVE_API_QPS", "many")).Message, StringComparison.Ordinal);
        Assert.Contains("QPS", Fault(With("PERSPECTIVE_API_QPS", "0")).Message, StringComparison.Ordinal);
        Assert.Contains("in the clear", Fault(With("PERSPECTIVE_API_URL", "http://example.org/x")).Message, StringComparison.Ordinal);
        Assert.Contains("LANGUAGE", Fault(With("PERSPECTIVE_API_LANGUAGE", "e n")).Message, StringComparison.Ordinal);
        Assert.Contains("ATTRIBUTES", Fault(With("PERSPECTIVE_API_ATTRIBUTES", "a b")).Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, Fault(With("PERSPECTIVE_API_QPS", "0")).ToString(), StringComparison.Ordinal);
        var options = PerspectiveOptions.FromVariables(With("PERSPECTIVE_API_ATTRIBUTES", "TOXICITY, FLIRTATION").GetValueOrDefault);
        Assert.Equal(["toxicity", "flirtation"], options.Attributes);
        Assert.Equal(1, options.RequestsPerSecond);

        static Dictionary<string, string> With(string name, string value) => new() { ["PERSPECTIVE_API_KEY"] = $" {Key}\n", [name] = value };

        static InputException Fault(Dictionary<string, string> variables) =>
            Assert.Throws<InputException>(() => PerspectiveOptions.FromVariables(variables.GetValueOrDefault));
    }

    [Theory]
    [InlineData("2026-11-23", "ends on 2026-12-31 (38 days from now)")]
    [InlineData("2026-12-31", "ends on 2026-12-31 (0 days from now)")]
    [InlineData("2027-01-01", "ended on 2026-12-31")]
    public void It_says_when_the_service_ends(string today, string notice)
    {
        using var scorer = new PerspectiveScorer(
            new PerspectiveOptions { Key = Key },
            new FixedTime(DateTimeOffset.Parse(today + "T12:00:00Z", System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Contains(notice, scorer.Notice, StringComparison.Ordinal);
    }

    private static PerspectiveScorer Scorer(LoopbackServer server, Func<PerspectiveOptions, PerspectiveOptions>? change = null)
    {
        var options = new PerspectiveOptions
        {
            Key = Key,
            Endpoint = server.Address,
            RequestsPerSecond = 1000,
            Attempts = 3,
            FirstPause = TimeSpan.FromMilliseconds(5),
            LongestPause = TimeSpan.FromSeconds(2),
            Timeout = TimeSpan.FromSeconds(20),
        };
        return new PerspectiveScorer(change is null ? options : change(options));
    }

    private static string TooMany(string reason) =>
        $$$"""{"error":{"code":429,"message":"Not now.","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"{{{reason}}}",""" +
        $$$""" "metadata":{"quota_limit":"{{{reason}}}"}}]}}""";

    private static Answer Scores(string body)
    {
        var attributes = JsonDocument.Parse(body).RootElement.GetProperty("requestedAttributes").EnumerateObject().Select(attribute => $$$"""
            "{{{attribute.Name}}}":{"summaryScore":{"value":0.25,"type":"PROBABILITY"}}
            """);
        return new Answer(200, $$"""{"attributeScores":{{{string.Join(',', attributes)}}},"languages":["en"]}""");
    }

    private static Answer Faulty(string fault, string body) => fault switch
    {
        "garbage" => new Answer(200, "<html>busy</html>"),
        "no-score" => new Answer(200, """{"attributeScores":{"TOXICITY":{"summaryScore":{}}}}"""),
        "out-of-range" => new Answer(200, Scores(body).Body.Replace("0.25", "1e999", StringComparison.Ordinal)),
        "broken-off" => Scores(body) with { BytesWithheld = 10 },
        "closes" => new Answer(0, "") { Closes = true },
        "stalls" => new Answer(0, "") { Stalls = true },
        "redirects" => new Answer(302, "") { Headers = "Location: http://127.0.0.1:1/elsewhere\r\n" },
        "endless" => new Answer(200, new string('x', (1 << 20) + 1)),
        _ => new Answer(503, "try later"),
    };

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    private sealed class OneAtATime(PerspectiveScorer inner) : IScorer, IDisposable
    {
        public string Name => inner.Name;

        public string Version => inner.Version;

        public IReadOnlyList<string> Attributes => inner.Attributes;

        public int LargestBatch => 1;

        public ValueTask<IReadOnlyList<TextScore>> ScoreAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken) =>
            inner.ScoreAsync(texts, cancellationToken);

        public void Dispose() => inner.Dispose();
    }
}
