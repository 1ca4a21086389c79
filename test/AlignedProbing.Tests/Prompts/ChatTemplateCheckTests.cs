using AlignedProbing.Prompts.Inspection;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Prompts;

public sealed class ChatTemplateCheckTests : IDisposable
{
    private const string File = """
        {
          "now": "2025-03-17T09:05:07",
          "conversations": {"hi": [{"role": "user", "content": "Hi"}]},
          "templates": {
            "greets": {"template": "{{ bos_token }}{{ messages[0].content }}{% if add_generation_prompt %}>{% endif %}",
              "bos_token": "<s>", "eos_token": null, "cases": [
              {"conversation": "hi", "add_generation_prompt": true, "expected": "EXPECTED"},
              {"conversation": "hi", "add_generation_prompt": false, "expected": "<s>Hi"}]},
            "refuses": {"template": "{{ raise_exception('no') }}", "cases":
                [{"conversation": "hi", "add_generation_prompt": true, "error": "TemplateError: REASON"}]}
          }
        }
        """;

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void Texts_and_refusals_as_expected_are_counted_and_make_no_difference()
    {
        var result = Check(File.Replace("EXPECTED", "<s>Hi>", StringComparison.Ordinal).Replace("REASON", "no", StringComparison.Ordinal));
        Assert.Equal(3, result.Cases);
        Assert.Empty(result.Differences);
    }

    [Fact]
    public void Another_text_and_another_refusal_are_told_with_where_they_part()
    {
        var result = Check(File.Replace("EXPECTED", "<s>He>", StringComparison.Ordinal).Replace("REASON", "yes", StringComparison.Ordinal));
        Assert.Equal(
            [
                new ChatTemplateDifference("greets", "hi", "<s>He>", "<s>Hi>"),
                new ChatTemplateDifference("refuses", "hi", "TemplateError: yes", "TemplateError: no"),
            ],
            result.Differences);
        Assert.Equal(4, result.Differences[0].At);
    }

    [Fact]
    public void A_text_that_reads_like_the_refusal_is_none()
    {
        var result = Check(
            File.Replace("{{ raise_exception('no') }}", "TemplateError: no", StringComparison.Ordinal)
                .Replace("EXPECTED", "<s>Hi>", StringComparison.Ordinal)
                .Replace("REASON", "no", StringComparison.Ordinal));
        Assert.Equal("refuses", Assert.Single(result.Differences).Template);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("not JSON")]
    [InlineData(
        """{"conversations": {}, "templates": {"a": {"template": "", "cases": [{"conversation": "absent", "add_generation_prompt": true, "expected": ""}]}}}"""
    )]
    [InlineData("""{"conversations": {"hi": [{"role": "user"}]}, "templates": {}}""")]
    public void A_file_of_another_form_is_an_error(string text) => Assert.Equal("chat-check-file", Assert.Throws<InputException>(() => Check(text)).Code);

    [Fact]
    public void A_file_that_is_not_there_is_an_error() =>
        Assert.Equal("chat-check-file", Assert.Throws<InputException>(() => ChatTemplateCheck.Run(_temporary["absent.json"])).Code);

    private ChatTemplateCheckResult Check(string text)
    {
        System.IO.File.WriteAllText(_temporary["check.json"], text);
        return ChatTemplateCheck.Run(_temporary["check.json"]);
    }
}
