using System.Globalization;
using System.Net;
using System.Text.Json;

namespace AlignedProbing.Scoring.Judges;

/// <summary>What a reply of a chat endpoint means for the one who asked.</summary>
internal enum EndpointReplyKind
{
    /// <summary>An answer, or a reason that belongs to this question alone.</summary>
    Answered,

    /// <summary>Too many requests: ask again after a pause.</summary>
    TooMany,

    /// <summary>Something failed that may not fail again.</summary>
    Failed,

    /// <summary>Nobody took the request: asking again may help, asking another question will not.</summary>
    NobodyThere,

    /// <summary>The key is not accepted.</summary>
    KeyRefused,

    /// <summary>Nothing is left to pay with.</summary>
    QuotaUsedUp,

    /// <summary>Every question would be refused: the address, the model or a parameter is wrong.</summary>
    AskedWrongly,
}

/// <summary>A reply of a chat endpoint, read.</summary>
/// <param name="Kind">What it means.</param>
/// <param name="Answer">The answer, where there is one.</param>
/// <param name="Detail">What happened, in words, where there is none.</param>
/// <param name="Pause">The pause the service asks for; null where it asks for none.</param>
internal sealed record EndpointReply(EndpointReplyKind Kind, JudgeAnswer Answer, string Detail, TimeSpan? Pause = null)
{
    /// <summary>Reads a reply.</summary>
    /// <param name="status">Its status.</param>
    /// <param name="body">Its body, whatever it is.</param>
    /// <param name="pause">Its Retry-After.</param>
    public static EndpointReply Of(HttpStatusCode status, string body, TimeSpan? pause)
    {
        try
        {
            using var document = ForeignJson.Parse(body);
            return status == HttpStatusCode.OK ? OfAnswer(document.RootElement, pause) : OfError(status, document.RootElement, pause);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return status == HttpStatusCode.OK ? Failed("the service answered with something that is no JSON", pause) : OfStatus(status, "", "", pause);
        }
    }

    /// <summary>A reply that never came whole.</summary>
    public static EndpointReply Failed(string detail, TimeSpan? pause = null) => new(EndpointReplyKind.Failed, default, detail, pause);

    private static EndpointReply OfAnswer(JsonElement root, TimeSpan? pause)
    {
        if (Property(root, "choices") is not { ValueKind: JsonValueKind.Array } choices || choices.GetArrayLength() == 0)
        {
            return Failed("the service answered without choices", pause);
        }

        var (message, finish) = (Property(choices[0], "message"), Text(choices[0], "finish_reason"));
        var (content, refusal) = (Text(message, "content"), Text(message, "refusal"));
        return finish == "content_filter" || refusal is { Length: > 0 } ? Answered(content, JudgeAnswer.Refused)
            : content is null ? Failed("the service answered without a message", pause)
            : finish == "length" ? Answered(content, JudgeAnswer.Unparsable)
            : Answered(content, null);
    }

    private static EndpointReply OfError(HttpStatusCode status, JsonElement root, TimeSpan? pause)
    {
        var error = Property(root, "error");
        var message = error.ValueKind == JsonValueKind.String ? error.GetString() : Text(error, "message") ?? Text(root, "message") ?? Text(root, "detail");
        return OfStatus(status, message ?? "", $"{Text(error, "code")} {Text(error, "type")}", pause);
    }

    private static EndpointReply OfStatus(HttpStatusCode status, string message, string code, TimeSpan? pause)
    {
        var number = ((int)status).ToString(CultureInfo.InvariantCulture);
        var said = message.Length == 0 ? $"the service answered with status {number}" : $"the service answered with status {number}: {message}";
        return status switch
        {
            HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity or HttpStatusCode.RequestEntityTooLarge when IsTooLong() => Answered(
                null,
                JudgeAnswer.TooLong),
            HttpStatusCode.RequestEntityTooLarge => Answered(null, JudgeAnswer.TooLong),
            HttpStatusCode.BadRequest
            or HttpStatusCode.Forbidden
                when code.Contains("content_filter", StringComparison.OrdinalIgnoreCase)
                    || code.Contains("content_policy", StringComparison.OrdinalIgnoreCase) => Answered(null, JudgeAnswer.Refused),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new(EndpointReplyKind.KeyRefused, default, said),
            HttpStatusCode.PaymentRequired => new(EndpointReplyKind.QuotaUsedUp, default, said),
            HttpStatusCode.TooManyRequests when code.Contains("insufficient_quota", StringComparison.OrdinalIgnoreCase) => new(
                EndpointReplyKind.QuotaUsedUp,
                default,
                said),
            HttpStatusCode.TooManyRequests => new(EndpointReplyKind.TooMany, default, said, pause),
            HttpStatusCode.RequestTimeout or HttpStatusCode.Conflict or (HttpStatusCode)425 or >= HttpStatusCode.InternalServerError => Failed(said, pause),
            _ => new(EndpointReplyKind.AskedWrongly, default, said),
        };

        bool IsTooLong() =>
            code.Contains("context_length", StringComparison.OrdinalIgnoreCase)
            || message.Contains("context length", StringComparison.OrdinalIgnoreCase)
            || message.Contains("maximum context", StringComparison.OrdinalIgnoreCase)
            || message.Contains("context window", StringComparison.OrdinalIgnoreCase)
            || message.Contains("exceeds the available context", StringComparison.OrdinalIgnoreCase);
    }

    private static EndpointReply Answered(string? text, string? missing) => new(EndpointReplyKind.Answered, new JudgeAnswer(text, missing), "");

    private static JsonElement Property(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;

    private static string? Text(JsonElement element, string name) =>
        Property(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
}
