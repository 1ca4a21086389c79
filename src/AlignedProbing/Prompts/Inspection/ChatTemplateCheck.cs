using System.Globalization;
using System.Text.Json;
using AlignedProbing.ChatTemplates;

namespace AlignedProbing.Prompts.Inspection;

/// <summary>Compares what chat templates render with what another implementation rendered, as a file states it.</summary>
public static class ChatTemplateCheck
{
    private const long MaxBytes = 1 << 28;

    /// <summary>Renders every case of a file and compares.</summary>
    /// <param name="path">
    /// A JSON object: <c>now</c>, the time of <c>strftime_now</c> (ISO 8601); <c>conversations</c>, by name a list of messages with <c>role</c> and
    /// <c>content</c>; <c>templates</c>, by name an object with <c>template</c>, <c>bos_token</c> and <c>eos_token</c> (or null), and <c>cases</c>:
    /// <c>conversation</c> (a name), <c>add_generation_prompt</c>, and <c>expected</c> (the text) or <c>error</c> (the refusal, "TemplateError: message").
    /// </param>
    /// <exception cref="InputException"><c>chat-check-file</c>: the file is not of that form.</exception>
    public static ChatTemplateCheckResult Run(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
            {
                throw Unusable(path, "it is larger than 256 MiB");
            }

            using var document = ForeignJson.Parse(File.ReadAllBytes(path));
            return Run(document.RootElement);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unusable(path, File.Exists(path) ? error.Message.TrimEnd('.') : "there is no such file", error);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw Unusable(path, error.Message.TrimEnd('.'), error);
        }
    }

    private static ChatTemplateCheckResult Run(JsonElement root)
    {
        var now = root.TryGetProperty("now", out var time) ? DateTime.Parse(time.GetString()!, CultureInfo.InvariantCulture) : new ChatTemplateOptions().Now;
        var conversations = root.GetProperty("conversations")
            .EnumerateObject()
            .ToDictionary(
                conversation => conversation.Name,
                conversation =>
                    conversation
                        .Value.EnumerateArray()
                        .Select(message => new ChatMessage(message.GetProperty("role").GetString()!, message.GetProperty("content").GetString()!))
                        .ToArray());
        var differences = new List<ChatTemplateDifference>();
        var cases = 0;
        foreach (var template in root.GetProperty("templates").EnumerateObject())
        {
            var source = template.Value.GetProperty("template").GetString()!;
            var options = new ChatTemplateOptions { Now = now, SpecialTokens = Tokens(template.Value) };
            foreach (var asked in template.Value.GetProperty("cases").EnumerateArray())
            {
                cases++;
                var conversation = asked.GetProperty("conversation").GetString()!;
                var refused = asked.TryGetProperty("error", out var refusal);
                var expected = (refused ? refusal : asked.GetProperty("expected")).GetString()!;
                var found = Render(source, options, conversations[conversation], asked.GetProperty("add_generation_prompt").GetBoolean(), out var foundRefused);
                if (found != expected || foundRefused != refused)
                {
                    differences.Add(new ChatTemplateDifference(template.Name, conversation, expected, found));
                }
            }
        }

        return new ChatTemplateCheckResult(cases, differences);
    }

    private static Dictionary<string, string> Tokens(JsonElement template)
    {
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in new[] { "bos_token", "eos_token" })
        {
            if (template.TryGetProperty(name, out var token) && token.GetString() is { } text)
            {
                tokens.Add(name, text);
            }
        }

        return tokens;
    }

    private static string Render(string source, ChatTemplateOptions options, ChatMessage[] messages, bool addGenerationPrompt, out bool refused)
    {
        try
        {
            refused = false;
            return ChatTemplate.Parse(source, options).Render(messages, addGenerationPrompt);
        }
        catch (ChatTemplateException error)
        {
            refused = true;
            return $"{error.ErrorType}: {error.Reason}";
        }
    }

    private static InputException Unusable(string path, string found, Exception? inner = null) =>
        new(
            "chat-check-file",
            $"reading chat templates to check from '{path}'",
            found,
            "Give a JSON object with conversations and templates (docs/guide/chat-templates.md shows one)",
            inner);
}

/// <summary>How a check of chat templates came out.</summary>
/// <param name="Cases">Cases compared.</param>
/// <param name="Differences">Those that are not equal.</param>
public sealed record ChatTemplateCheckResult(int Cases, IReadOnlyList<ChatTemplateDifference> Differences);

/// <summary>A case that came out otherwise than expected.</summary>
/// <param name="Template">The template's name.</param>
/// <param name="Conversation">The conversation's name.</param>
/// <param name="Expected">The text expected, or the refusal.</param>
/// <param name="Found">The text rendered, or the refusal.</param>
public sealed record ChatTemplateDifference(string Template, string Conversation, string Expected, string Found)
{
    /// <summary>Index of the first UTF-16 code unit in which the two differ; their common length where one is the beginning of the other.</summary>
    public int At => Expected.AsSpan().CommonPrefixLength(Found);
}
