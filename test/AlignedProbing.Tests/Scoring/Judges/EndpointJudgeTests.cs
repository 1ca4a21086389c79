using System.Text.Json;
using System.Text.Json.Nodes;
using AlignedProbing.Scoring;
using AlignedProbing.Scoring.Judges;
using Answer = AlignedProbing.Tests.Scoring.LoopbackServer.Answer;

namespace AlignedProbing.Tests.Scoring.Judges;

public sealed class EndpointJudgeTests
{
    private const string Key = "sk-a-very-secret-key";

    private static readonly JudgeQuestion Question = JudgeRubric.BuiltIn.Ask("threat", "Grüße, \"you\" <3 \ud800");

    [Fact]
    public async Task A_request_is_that_of_the_chat_completions_api_at_temperature_zero()
    {
        using var server = new LoopbackServer((_, _) => Says("3"));
        var answer = Assert.Single(await Ask(server, Question));

        Assert.Equal(new JudgeAnswer("3", null), answer);
        var (head, body, _) = Assert.Single(server.Requests);
        Assert.Contains("/chat/completions HTTP/1.1\r\n", head, StringComparison.Ordinal);
        Assert.Contains($"Authorization: Bearer {Key}", head, StringComparison.OrdinalIgnoreCase);
        var request = JsonDocument.Parse(body).RootElement;
        Assert.Equal(
            ("a-model", 0, 8),
            (request.GetProperty("model").GetString(), request.GetProperty("temperature").GetInt32(), request.GetProperty("max_tokens").GetInt32()));
        var messages = request.GetProperty("messages").EnumerateArray().ToArray();
        Assert.Equal(["system", "user"], messages.Select(message => message.GetProperty("role").GetString()));
        Assert.Equal(Question.System, messages[0].GetProperty("content").GetString());
        Assert.Contains("Grüße, \"you\" <3 \ufffd", messages[1].GetProperty("content").GetString()!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parameters_go_over_ours_and_null_takes_one_away()
    {
        using var server = new LoopbackServer((_, _) => Says("3"));
        await Ask(
            server,
            options =>
                options with
                {
                    Parameters = JsonNode.Parse("""{"temperature": null, "max_tokens": null, "max_completion_tokens": 20, "seed": 7}""")!.AsObject(),
                    Key = null,
                },
            Question);
        var request = JsonNode.Parse(server.Requests.Single().Body)!.AsObject();
        Assert.Equal(["max_completion_tokens", "messages", "model", "seed"], request.Select(pair => pair.Key).Order());
        Assert.DoesNotContain("Authorization", server.Requests.Single().Head, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(200, """{"choices":[{"message":{"content":"3"},"finish_reason":"length"}]}""", "unparsable_answer")]
    [InlineData(200, """{"choices":[{"message":{"content":null,"refusal":"I will not"},"finish_reason":"stop"}]}""", "judge_refused")]
    [InlineData(200, """{"choices":[{"message":{"content":""},"finish_reason":"content_filter"}]}""", "judge_refused")]
    [InlineData(400, """{"error":{"message":"filtered","code":"content_filter"}}""", "judge_refused")]
    [InlineData(400, """{"error":{"message":"x","code":"context_length_exceeded"}}""", "too_long")]
    [InlineData(400, """{"object":"error","message":"This model's maximum context length is 16 tokens."}""", "too_long")]
    [InlineData(413, "too large", "too_long")]
    public async Task What_belongs_to_one_question_is_missing_with_its_reason_and_asked_for_once(int status, string body, string reason)
    {
        using var server = new LoopbackServer((_, _) => new Answer(status, body));
        Assert.Equal(reason, Assert.Single(await Ask(server, Question)).Missing);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(401, """{"error":{"message":"Incorrect API key provided: sk-a-very-secret-key."}}""", "judge-key")]
    [InlineData(403, "no", "judge-key")]
    [InlineData(402, "{}", "judge-quota")]
    [InlineData(429, """{"error":{"message":"pay","code":"insufficient_quota"}}""", "judge-quota")]
    [InlineData(404, """{"error":{"message":"The model 'a-model' does not exist"}}""", "judge-endpoint")]
    [InlineData(400, """{"error":{"message":"Unsupported parameter: 'max_tokens'"}}""", "judge-endpoint")]
    [InlineData(307, "elsewhere", "judge-endpoint")]
    public async Task What_concerns_every_question_stops_at_once_and_never_shows_the_key(int status, string body, string code)
    {
        using var server = new LoopbackServer((_, _) => new Answer(status, body) { Headers = "Location: http://127.0.0.1:1/\r\n" });
        var error = await Assert.ThrowsAsync<ScorerUnavailableException>(() => Ask(server, Question));
        Assert.Equal(code, error.Fault.Code);
        Assert.DoesNotContain(Key, error.ToString(), StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Throttling_is_waited_for_as_long_as_the_service_asks()
    {
        using var server = new LoopbackServer((number, _) => number == 0 ? new Answer(429, "slow down") { Headers = "Retry-After: 1\r\n" } : Says("5"));
        Assert.Equal("5", Assert.Single(await Ask(server, Question)).Text);
        var times = server.Requests.Select(request => request.At).ToArray();
        Assert.InRange(times[1] - times[0], 0.9, 30);
    }

    [Fact]
    public async Task A_pause_longer_than_allowed_or_throttling_without_end_stops()
    {
        using var long1 = new LoopbackServer((_, _) => new Answer(429, "") { Headers = "Retry-After: 86400\r\n" });
        Assert.Equal("judge-quota", (await Assert.ThrowsAsync<ScorerUnavailableException>(() => Ask(long1, Question))).Fault.Code);
        using var endless = new LoopbackServer((_, _) => new Answer(429, ""));
        Assert.Equal("judge-quota", (await Assert.ThrowsAsync<ScorerUnavailableException>(() => Ask(endless, Question))).Fault.Code);
        Assert.Equal(3, endless.Requests.Count);
    }

    public static TheoryData<string> Faults => ["stalls", "garbage", "closes", "half", "500", "no choices", "no message"];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_that_passes_is_asked_again(string fault)
    {
        using var server = new LoopbackServer((number, _) => number == 0 ? Faulty(fault) : Says("5"));
        Assert.Equal(
            new JudgeAnswer("5", null),
            Assert.Single(await Ask(server, options => options with { Timeout = TimeSpan.FromSeconds(fault == "stalls" ? 0.5 : 20) }, Question)));
        Assert.Equal(2, server.Requests.Count);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_that_stays_ends_after_the_attempts_allowed(string fault)
    {
        using var server = new LoopbackServer((_, _) => Faulty(fault));
        var error = await Assert.ThrowsAsync<IOException>(() =>
            Ask(server, options => options with { Timeout = TimeSpan.FromSeconds(fault == "stalls" ? 0.2 : 20) }, Question));
        Assert.Contains("3 times in a row", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task Several_questions_that_fail_in_a_row_are_the_services_fault()
    {
        using var server = new LoopbackServer((_, _) => new Answer(503, ""));
        using var judge = Judge(server, options => options);
        for (var i = 0; i < 2; i++)
        {
            await Assert.ThrowsAsync<IOException>(async () => await judge.AskAsync([Question], TestContext.Current.CancellationToken));
        }

        var error = await Assert.ThrowsAsync<ScorerUnavailableException>(async () => await judge.AskAsync([Question], TestContext.Current.CancellationToken));
        Assert.Equal("judge-unreachable", error.Fault.Code);
    }

    [Fact]
    public async Task Answers_come_in_the_order_of_the_questions_and_no_more_are_under_way_than_allowed()
    {
        var (now, most) = (0, 0);
        using var server = new LoopbackServer((_, body) =>
        {
            var going = Interlocked.Increment(ref now);
            InterlockedMax(ref most, going);
            Thread.Sleep(20);
            Interlocked.Decrement(ref now);
            var content = JsonDocument.Parse(body).RootElement.GetProperty("messages")[1].GetProperty("content").GetString()!;
            return Says(content.Split("<text>\n")[1].Split('\n')[0]);
        });
        var questions = Enumerable.Range(0, 24).Select(i => JudgeRubric.BuiltIn.Ask("threat", $"{i}")).ToArray();
        var answers = await Ask(server, options => options with { Parallel = 3 }, questions);
        Assert.Equal(Enumerable.Range(0, 24).Select(i => $"{i}"), answers.Select(answer => answer.Text));
        Assert.InRange(most, 2, 3);

        static void InterlockedMax(ref int place, int value)
        {
            for (
                var seen = Volatile.Read(ref place);
                value > seen && Interlocked.CompareExchange(ref place, value, seen) != seen;
                seen = Volatile.Read(ref place)
            ) { }
        }
    }

    [Fact]
    public async Task Nobody_there_is_told_and_being_stopped_is_no_fault()
    {
        using var judge = new EndpointJudge(Options(new Uri("http://127.0.0.1:1/v1")) with { FirstPause = TimeSpan.FromMilliseconds(1) });
        var error = await Assert.ThrowsAsync<ScorerUnavailableException>(async () => await judge.AskAsync([Question], TestContext.Current.CancellationToken));
        Assert.Equal("judge-unreachable", error.Fault.Code);
        using var server = new LoopbackServer((_, _) => Says("1") with { Stalls = true });
        using var stalled = Judge(server, options => options);
        using var stop = new CancellationTokenSource(100);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await stalled.AskAsync([Question], stop.Token));
    }

    [Fact]
    public void Options_that_are_not_possible_are_all_named_and_a_key_goes_nowhere_in_the_clear()
    {
        var error = Assert.Throws<InputException>(() =>
            new EndpointJudge(
                new EndpointOptions
                {
                    Endpoint = new Uri("http://example.org/v1"),
                    Model = "",
                    Key = Key,
                    AnswerTokens = 0,
                    Parallel = 0,
                    RequestsPerSecond = 0,
                    Attempts = 0,
                }));
        Assert.All(["in the clear", "no name", "answer_tokens", "parallel", "requests_per_second", "attempts"], fault =>
            Assert.Contains(fault, error.Message, StringComparison.Ordinal));
        Assert.DoesNotContain(Key, error.Message, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => new EndpointJudge(new EndpointOptions { Endpoint = new Uri("https://key@example.org/v1"), Model = "m" }));
    }

    private static Answer Says(string content) =>
        new(200, JsonSerializer.Serialize(new { choices = new[] { new { message = new { role = "assistant", content }, finish_reason = "stop" } } }));

    private static Answer Faulty(string fault) => fault switch
    {
        "stalls" => Says("1") with { Stalls = true },
        "garbage" => new Answer(200, "<html>"),
        "closes" => Says("1") with { Closes = true },
        "half" => Says("1") with { BytesWithheld = 10 },
        "500" => new Answer(500, "oh"),
        "no choices" => new Answer(200, """{"choices":[]}"""),
        _ => new Answer(200, """{"choices":[{"message":7}]}"""),
    };

    private static EndpointOptions Options(Uri endpoint) =>
        new()
        {
            Endpoint = endpoint,
            Model = "a-model",
            Key = Key,
            Attempts = 3,
            FirstPause = TimeSpan.FromMilliseconds(5),
        };

    private static EndpointJudge Judge(LoopbackServer server, Func<EndpointOptions, EndpointOptions> change) => new(change(Options(server.Address)));

    private static Task<IReadOnlyList<JudgeAnswer>> Ask(LoopbackServer server, params JudgeQuestion[] questions) => Ask(server, options => options, questions);

    private static async Task<IReadOnlyList<JudgeAnswer>> Ask(
        LoopbackServer server,
        Func<EndpointOptions, EndpointOptions> change,
        params JudgeQuestion[] questions)
    {
        using var judge = Judge(server, change);
        return await judge.AskAsync(questions, TestContext.Current.CancellationToken);
    }
}
