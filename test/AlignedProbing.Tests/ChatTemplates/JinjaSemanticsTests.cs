using System.Globalization;
using System.Text.Json;
using AlignedProbing.ChatTemplates;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.ChatTemplates;

/// <summary>Small templates of our own, with what Jinja2 itself makes of them (jinja-semantics.json says how it was set up).</summary>
public sealed class JinjaSemanticsTests
{
    private static readonly JsonElement Root = JsonDocument.Parse(
        File.ReadAllBytes(Path.Combine(SharedData.RepositoryRoot, "test", "AlignedProbing.Tests", "ChatTemplates", "jinja-semantics.json"))).RootElement;

    private static readonly ChatTemplateOptions Options = new()
    {
        Now = DateTime.Parse(Root.GetProperty("now").GetString()!, CultureInfo.InvariantCulture),
        Variables = Root.GetProperty("variables").EnumerateObject().ToDictionary(property => property.Name, property => property.Value),
    };

    public static TheoryData<string, string?, string?> Cases
    {
        get
        {
            var cases = new TheoryData<string, string?, string?>();
            foreach (var row in Root.GetProperty("cases").EnumerateArray())
            {
                cases.Add(row.GetProperty("template").GetString()!, Text(row, "text"), Text(row, "error"));
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_template_gives_the_text_or_the_error_that_Jinja2_gives(string template, string? text, string? error)
    {
        if (error is null)
        {
            Assert.Equal(text, ChatTemplate.Parse(template, Options).Render([], addGenerationPrompt: false));
        }
        else
        {
            var thrown = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(template, Options).Render([], addGenerationPrompt: false));
            Assert.Equal(error, $"{thrown.ErrorType}: {thrown.Reason}");
        }
    }

    private static string? Text(JsonElement row, string name) => row.TryGetProperty(name, out var value) ? value.GetString() : null;
}
