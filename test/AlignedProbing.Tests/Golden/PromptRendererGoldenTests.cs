using System.Text.Json;
using AlignedProbing.ChatTemplates;
using AlignedProbing.Prompts;
using AlignedProbing.Runs;
using AlignedProbing.Tests.Prompts;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Tokenizers;

namespace AlignedProbing.Tests.Golden;

public sealed class PromptRendererGoldenTests
{
    [Theory]
    [InlineData(0, 16)]
    [InlineData(1, 4)]
    [InlineData(2, 4)]
    [InlineData(3, 4)]
    [InlineData(4, 4)]
    public void SmolLM2_reads_each_template_with_the_ids_and_spans_of_transformers(int template, int rows)
    {
        var folder = SharedData.Path("models", "SmolLM2-135M-Instruct");
        using var golden = JsonDocument.Parse(File.ReadAllBytes(SharedData.Path("goldens", "smollm2", "encode.json")));
        var prompts = golden.RootElement.GetProperty("prompt").EnumerateArray().Select(prompt => prompt.GetString()!).ToArray();
        var renderer = new PromptRenderer(Tokenizer.FromFolder(folder), ChatTemplateSource.FromFolder(folder));
        var compared = 0;
        foreach (var expected in golden.RootElement.GetProperty("templates").GetProperty($"{template}").EnumerateArray())
        {
            var row = expected.GetProperty("row").GetInt32();
            var rendered = renderer.Render(new Prompt { Id = $"{row}", Text = prompts[row], Template = template });

            Assert.Equal(expected.GetProperty("text").GetString(), rendered.Text);
            Assert.Equal(Numbers(expected, "ids"), rendered.Ids);
            Assert.Equal(Numbers(expected, "span_touching"), new[] { rendered.SpanStart, rendered.SpanEnd });
            Assert.Equal(Numbers(expected, "chars"), new[] { CodePoints(rendered, rendered.Characters.Start), CodePoints(rendered, rendered.Characters.End) });
            compared++;
        }

        Assert.Equal(rows, compared);
    }

    [Fact]
    public void SmolLM2_reads_raw_prompts_with_the_ids_of_transformers()
    {
        var folder = SharedData.Path("models", "SmolLM2-135M-Instruct");
        using var golden = JsonDocument.Parse(File.ReadAllBytes(SharedData.Path("goldens", "smollm2", "encode.json")));
        var renderer = new PromptRenderer(Tokenizer.FromFolder(folder), chatTemplate: null);
        var prompts = golden.RootElement.GetProperty("prompt").EnumerateArray().ToArray();
        var ids = golden
            .RootElement.GetProperty("prompt_ids")
            .EnumerateArray()
            .Select(row => row.EnumerateArray().Select(id => id.GetInt32()).ToArray())
            .ToArray();
        Assert.Equal(16, prompts.Length);
        for (var row = 0; row < prompts.Length; row++)
        {
            var rendered = renderer.Render(new Prompt { Id = $"{row}", Text = prompts[row].GetString()! });

            Assert.Equal(ids[row], rendered.Ids);
            Assert.Equal((0, ids[row].Length), (rendered.SpanStart, rendered.SpanEnd));
        }
    }

    [Fact]
    public void Every_published_chat_template_shows_where_the_prompt_text_stands()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(SharedData.Path("goldens", "chat", "templates.json")));
        var folder = Directory.CreateTempSubdirectory("chat-").FullName;
        var tokenizer = CharacterTokenizer.Create(folder);
        Directory.Delete(folder, recursive: true);
        string[] prompts =
        [
            "So it goes",
            "  blanks around \n",
            "user",
            "assistant",
            "<|im_start|>user",
            "[INST] system [/INST]",
            "\"quoted\" <b> & {{ x }}",
            "🙂",
            "e",
        ];
        var placed = 0;
        foreach (var entry in document.RootElement.GetProperty("templates").EnumerateObject())
        {
            var tokens = new Dictionary<string, string> { ["bos_token"] = "<s>", ["eos_token"] = "</s>" };
            var template = ChatTemplate.Parse(entry.Value.GetProperty("template").GetString()!, new ChatTemplateOptions { SpecialTokens = tokens });
            if (entry.Value.GetProperty("cases")[0].TryGetProperty("error", out _))
            {
                // Two templates need tools or functions, and refuse every conversation without.
                continue;
            }

            var renderer = new PromptRenderer(tokenizer, template);
            foreach (var prompt in prompts)
            {
                for (var number = 0; number < 5; number++)
                {
                    var rendered = renderer.Render(new Prompt { Id = "1", Text = prompt, Template = number });
                    var found = rendered.Text[rendered.Characters.Start..rendered.Characters.End];
                    Assert.True(
                        found.Trim() == prompt.Trim() && prompt.Contains(found, StringComparison.Ordinal),
                        $"{entry.Name}, template {number}: '{found}' for '{prompt}'");
                    placed++;
                }
            }
        }

        Assert.Equal(34 * prompts.Length * 5, placed);
    }

    private static int CodePoints(RenderedPrompt rendered, int end) => rendered.Text[..end].EnumerateRunes().Count();

    private static int[] Numbers(JsonElement row, string name) => [.. row.GetProperty(name).EnumerateArray().Select(number => number.GetInt32())];
}
