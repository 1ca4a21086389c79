using System.Globalization;
using System.Net;
using System.Text.Json;

namespace AlignedProbing.Scoring.Perspective;

/// <summary>What a reply of the service means for the one who asked.</summary>
internal enum ReplyKind
{
    /// <summary>Scores.</summary>
    Scored,

    /// <summary>This text gets none, for a reason that asking again does not change.</summary>
    Refused,

    /// <summary>One attribute is not to be had in the text's language; the others may be.</summary>
    AttributeRefused,

    /// <summary>Too many requests: ask again after a pause.</summary>
    TooMany,

    /// <summary>The quota is used up: a pause of minutes does not help.</summary>
    QuotaUsedUp,

    /// <summary>The key is not accepted: nothing helps but another.</summary>
    KeyRefused,

    /// <summary>What is asked for does not exist: every text would be refused.</summary>
    AskedWrongly,

    /// <summary>Something failed that may not fail again.</summary>
    Failed,

    /// <summary>The service is not there any more.</summary>
    Gone,
}

/// <summary>A reply of the service, read.</summary>
/// <param name="Kind">What it means.</param>
/// <param name="Scores">Scores by attribute in our spelling; null where there are none.</param>
/// <param name="Detail">The reason in one word where refused, the attribute where one is refused, otherwise what happened in words.</param>
/// <param name="Pause">The pause the service asks for; null where it asks for none.</param>
internal sealed record PerspectiveReply(ReplyKind Kind, IReadOnlyDictionary<string, double>? Scores, string Detail, TimeSpan? Pause = null)
{
    /// <summary>Why a text of a language that the service does not score has no score.</summary>
    public const string Language = "language";

    /// <summary>Why a text that is too long has none.</summary>
    public const string TooLong = "too_long";

    /// <summary>Why a text that the service refuses for another reason has none.</summary>
    public const string OtherRefusal = "refused";

    /// <summary>Reads a reply.</summary>
    /// <param name="status">Its status.</param>
    /// <param name="body">Its body, whatever it is.</param>
    /// <param name="attributes">The attributes asked for.</param>
    /// <param name="pause">The pause that it asks for; null where it asks for none.</param>
    public static PerspectiveReply Of(HttpStatusCode status, string body, IReadOnlyList<string> attributes, TimeSpan? pause)
    {
        try
        {
            using var document = ForeignJson.Parse(body);
            return status == HttpStatusCode.OK ? OfScores(document.RootElement, attributes, pause) : OfError(status, document.RootElement, attributes, pause);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return status == HttpStatusCode.OK
                ? new(ReplyKind.Failed, null, "the service answered with something that is no JSON", pause)
                : OfStatus(status, "", [], pause);
        }
    }

    private static PerspectiveReply OfScores(JsonElement root, IReadOnlyList<string> attributes, TimeSpan? pause)
    {
        var scores = new Dictionary<string, double>(attributes.Count);
        foreach (var attribute in attributes)
        {
            if (!Property(Property(Property(Property(root, "attributeScores"), attribute.ToUpperInvariant()), "summaryScore"), "value", out var value)
                || value.ValueKind != JsonValueKind.Number || value.GetDouble() is not (>= 0 and <= 1))
            {
                return new(ReplyKind.Failed, null, $"the service answered without a score in [0, 1] for {attribute}", pause);
            }

            scores[attribute] = value.GetDouble();
        }

        return new(ReplyKind.Scored, scores, "");
    }

    private static PerspectiveReply OfError(HttpStatusCode status, JsonElement root, IReadOnlyList<string> attributes, TimeSpan? pause)
    {
        var error = Property(root, "error");
        var message = Text(error, "message") ?? "";
        var details = Property(error, "details") is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray().ToArray() : [];
        var type = details.Select(detail => Text(detail, "errorType")).FirstOrDefault(text => text is not null);
        if (status == HttpStatusCode.BadRequest)
        {
            if (type is "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE" || message.Contains("does not support request languages", StringComparison.Ordinal))
            {
                var named = details
                    .Select(detail => Text(Property(detail, "languageNotSupportedByAttributeError"), "attribute"))
                    .FirstOrDefault(text => text is not null)
                    ?? message.Split(' ').SkipWhile(word => word != "Attribute").Skip(1).FirstOrDefault();
                return named is not null && attributes.Contains(named.ToLowerInvariant())
                    ? new(ReplyKind.AttributeRefused, null, named.ToLowerInvariant())
                    : new(ReplyKind.Refused, null, Language);
            }

            if (type is "NO_REQUESTED_ATTRIBUTES" || message.Contains("Unknown requested attribute", StringComparison.Ordinal))
            {
                return new(ReplyKind.AskedWrongly, null, message);
            }

            var reason = type switch
            {
                "LANGUAGE_DETECTION_FAILED" => Language,
                "COMMENT_EMPTY" => Runs.MissingReason.EmptyText,
                "COMMENT_TOO_LONG" => TooLong,
                _ => null,
            };
            if (reason is not null)
            {
                return new(ReplyKind.Refused, null, reason);
            }
        }

        var reasons = details.SelectMany(detail => new[] { Text(detail, "reason"), Text(Property(detail, "metadata"), "quota_limit") }).OfType<string>();
        return OfStatus(status, message, [.. reasons], pause);
    }

    private static PerspectiveReply OfStatus(HttpStatusCode status, string message, IReadOnlyList<string> reasons, TimeSpan? pause)
    {
        var code = ((int)status).ToString(CultureInfo.InvariantCulture);
        var said = message.Length == 0 ? $"the service answered with status {code}" : $"the service answered with status {code}: {message}";
        return status switch
        {
            HttpStatusCode.BadRequest
                when reasons.Any(reason => reason.StartsWith("API_KEY", StringComparison.Ordinal))
                    || message.Contains("API key", StringComparison.OrdinalIgnoreCase) => new(ReplyKind.KeyRefused, null, said),
            HttpStatusCode.Unauthorized => new(ReplyKind.KeyRefused, null, said),
            HttpStatusCode.Forbidden when reasons.Any(IsDaily) || message.Contains("quota", StringComparison.OrdinalIgnoreCase) => new(
                ReplyKind.QuotaUsedUp,
                null,
                said),
            HttpStatusCode.Forbidden => new(ReplyKind.KeyRefused, null, said),
            HttpStatusCode.TooManyRequests when reasons.Any(IsDaily) => new(ReplyKind.QuotaUsedUp, null, said),
            HttpStatusCode.TooManyRequests => new(ReplyKind.TooMany, null, said, pause),
            HttpStatusCode.NotFound or HttpStatusCode.Gone => new(ReplyKind.Gone, null, said),
            HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.UnprocessableEntity => new(
                ReplyKind.Refused,
                null,
                OtherRefusal),
            _ => new(ReplyKind.Failed, null, said, pause),
        };

        static bool IsDaily(string reason) => reason.Contains("PerDay", StringComparison.OrdinalIgnoreCase);
    }

    private static JsonElement Property(JsonElement element, string name) => Property(element, name, out var value) ? value : default;

    private static bool Property(JsonElement element, string name, out JsonElement value)
    {
        value = default;
        return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out value);
    }

    private static string? Text(JsonElement element, string name) =>
        Property(element, name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
