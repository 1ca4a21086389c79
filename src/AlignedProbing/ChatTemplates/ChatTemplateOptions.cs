using System.Text.Json;

namespace AlignedProbing.ChatTemplates;

/// <summary>What a chat template sees beside the messages, and what it may use.</summary>
public sealed record ChatTemplateOptions
{
    /// <summary>
    /// The time that <c>strftime_now</c> shows. It stands still, because a prompt that changed with the day would change results: by default 2025-01-01, 00:00.
    /// (transformers takes the time at which it runs.)
    /// </summary>
    public DateTime Now { get; init; } = new(2025, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);

    /// <summary>
    /// Special tokens by the name under which templates see them: <c>bos_token</c>, <c>eos_token</c>. One that is not here is undefined. Default none.
    /// </summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; init; } = new Dictionary<string, string>();

    /// <summary>Further variables, for example <c>enable_thinking</c>. Default none.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>What rendering may use.</summary>
    public ChatTemplateLimits Limits { get; init; } = new();
}
