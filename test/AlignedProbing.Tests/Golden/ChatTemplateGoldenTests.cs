using AlignedProbing.Prompts.Inspection;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Golden;

public sealed class ChatTemplateGoldenTests
{
    [Fact]
    public void Every_published_template_renders_every_conversation_to_the_byte_or_refuses_it_alike()
    {
        var result = ChatTemplateCheck.Run(SharedData.Path("goldens", "chat", "templates.json"));
        Assert.Equal(288, result.Cases);
        Assert.True(
            result.Differences.Count == 0,
            $"{result.Differences.Count} of {result.Cases} "
                + $"cases:\n" +
                string.Join('\n', result.Differences.Take(5).Select(one => $"{one.Template}, {one.Conversation}: {one.Found}\n  expected: {one.Expected}"))
        );
    }
}
