using AlignedProbing.ChatTemplates;
using AlignedProbing.Prompts;

namespace AlignedProbing.Tests.Prompts;

public sealed class ChatTemplateSourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chat-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_folder_without_a_template_has_none()
    {
        Assert.Null(ChatTemplateSource.FromFolder(_folder));
        Write("tokenizer_config.json", """{"bos_token": "<s>", "chat_template": null}""");
        Assert.Null(ChatTemplateSource.FromFolder(_folder));
    }

    [Fact]
    public void Tokens_are_texts_or_objects_and_the_map_fills_in_what_is_missing()
    {
        Write(
            "tokenizer_config.json",
            """{"bos_token": {"content": "<s>", "lstrip": false}, "pad_token": null, "chat_template":""" +
            """ "{{ bos_token }}{{ eos_token }}{{ pad_token is defined }}"}"""
        );
        Write("special_tokens_map.json", """{"bos_token": "other", "eos_token": "</s>"}""");

        Assert.Equal("<s></s>False", Rendered());
    }

    [Fact]
    public void A_file_of_its_own_comes_before_the_configuration()
    {
        Write("tokenizer_config.json", """{"bos_token": "<s>", "chat_template": "old"}""");
        Write("chat_template.jinja", "new {{ bos_token }}\n");

        Assert.Equal("new <s>", Rendered());
    }

    [Fact]
    public void Of_several_named_templates_the_default_is_taken()
    {
        Write("tokenizer_config.json", """{"chat_template": [{"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}]}""");
        Assert.Equal("d", Rendered());
        Write("tokenizer_config.json", """{"chat_template": [{"name": "tool_use", "template": "t"}]}""");
        Assert.Equal("t", Rendered());
        Write("tokenizer_config.json", """{"chat_template": [{"name": "a", "template": "t"}, {"name": "b", "template": "t"}]}""");
        Assert.Equal("tokenizer-config", Assert.Throws<InputException>(() => ChatTemplateSource.FromFolder(_folder)).Code);
    }

    [Theory]
    [InlineData("{", "tokenizer-config")]
    [InlineData("""{"chat_template": 5}""", "tokenizer-config")]
    [InlineData("""{"chat_template": "{% nonsense %}"}""", "chat-template")]
    [InlineData("""{"chat_template": "{% include 'x' %}"}""", "chat-template")]
    public void A_broken_file_is_an_error(string content, string code)
    {
        Write("tokenizer_config.json", content);

        Assert.Equal(code, Assert.Throws<InputException>(() => ChatTemplateSource.FromFolder(_folder)).Code);
    }

    private string Rendered() => ChatTemplateSource.FromFolder(_folder)!.Render([new ChatMessage("user", "hi")], addGenerationPrompt: true);

    private void Write(string name, string content) => File.WriteAllText(Path.Combine(_folder, name), content);
}
