using System.Globalization;
using System.Text.Json;
using AlignedProbing.ChatTemplates;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Golden;

public sealed class ChatTemplateGoldenTests
{
    [Fact]
    public void Every_published_template_renders_every_conversation_to_the_byte_or_refuses_it_alike()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(SharedData.Path("goldens", "chat", "templates.json")));
        var root = document.RootElement;
        var now = DateTime.Parse(root.GetProperty("now").GetString()!, CultureInfo.InvariantCulture);
        var conversations = root.GetProperty("conversations").EnumerateObject().ToDictionary(
            conversation => conversation.Name,
            conversation => conversation.Value.EnumerateArray()
                .Select(message => new ChatMessage(message.GetProperty("role").GetString()!, message.GetProperty("content").GetString()!))
                .ToArray());
        var wrong = new List<string>();
        var cases = 0;
        foreach (var entry in root.GetProperty("templates").EnumerateObject())
        {
            var tokens = new Dictionary<string, string>();
            foreach (var name in new[] { "bos_token", "eos_token" })
            {
                if (entry.Value.GetProperty(name).GetString() is { } token)
                {
                    tokens.Add(name, token);
                }
            }

            var source = entry.Value.GetProperty("template").GetString()!;
            foreach (var golden in entry.Value.GetProperty("cases").EnumerateArray())
            {
                cases++;
                var expected = golden.TryGetProperty("expected", out var text) ? text.GetString()! : golden.GetProperty("error").GetString()!;
                string rendered;
                try
                {
                    var template = ChatTemplate.Parse(source, new ChatTemplateOptions { Now = now, SpecialTokens = tokens });
                    rendered = template.Render(conversations[golden.GetProperty("conversation").GetString()!], golden.GetProperty("add_generation_prompt").GetBoolean());
                }
                catch (ChatTemplateException error)
                {
                    rendered = $"{error.ErrorType}: {error.Reason}";
                    if (golden.TryGetProperty("expected", out _))
                    {
                        rendered = error.Message;
                    }
                }

                if (rendered != expected)
                {
                    wrong.Add($"{entry.Name}, {golden.GetProperty("conversation")}: {rendered}\n  expected: {expected}");
                }
            }
        }

        Assert.Equal(288, cases);
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {cases} cases:\n{string.Join('\n', wrong.Take(5))}");
    }
}
