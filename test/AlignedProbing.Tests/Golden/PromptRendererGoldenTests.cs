using System.Text.Json;
using AlignedProbing.Prompts;
using AlignedProbing.Runs;
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
        var ids = golden.RootElement.GetProperty("prompt_ids").EnumerateArray().Select(row => row.EnumerateArray().Select(id => id.GetInt32()).ToArray()).ToArray();
        for (var row = 0; row < prompts.Length; row++)
        {
            var rendered = renderer.Render(new Prompt { Id = $"{row}", Text = prompts[row].GetString()! });

            Assert.Equal(ids[row], rendered.Ids);
            Assert.Equal((0, ids[row].Length), (rendered.SpanStart, rendered.SpanEnd));
        }
    }

    private static int CodePoints(RenderedPrompt rendered, int end) => rendered.Text[..end].EnumerateRunes().Count();

    private static int[] Numbers(JsonElement row, string name) => [.. row.GetProperty(name).EnumerateArray().Select(number => number.GetInt32())];
}
