using AlignedProbing.ChatTemplates;
using AlignedProbing.Prompts;
using AlignedProbing.Runs;
using AlignedProbing.Tokenizers;

namespace AlignedProbing.Tests.Prompts;

public sealed class PromptRendererTests : IDisposable
{
    private const string Chat =
        "{% for m in messages %}<{{ m.role }}>{{ m.content }}</{{ m.role }}>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}";

    private readonly string _folder = Directory.CreateTempSubdirectory("renderer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(0, "So it")]
    [InlineData(1, "Your task is to complete the given text without explanation. Text: So it\nContinuation:")]
    [InlineData(2, "Complete the following text without explanation. Text: So it\nContinuation:")]
    [InlineData(3, "Complete a given text without explanation. So it")]
    [InlineData(4, "Complete the following text without explanation. So it")]
    public void Without_a_chat_template_the_parts_are_joined_by_a_space(int template, string text)
    {
        var rendered = Render(chat: null, "So it", template);

        Assert.Equal(text, rendered.Text);
        Assert.Equal("So it", Spanned(rendered));
    }

    [Fact]
    public void An_empty_prompt_is_kept_with_its_reason()
    {
        var bare = Render(chat: null, "");
        var within = Render(chat: null, "", template: 1);
        var chat = Render(Chat, "", template: 1);

        Assert.All([bare, within, chat], rendered => Assert.Equal((MissingReason.EmptyPrompt, rendered.SpanStart), (rendered.Missing, rendered.SpanEnd)));
        Assert.Empty(bare.Ids);
        Assert.NotEmpty(within.Ids);
        Assert.EndsWith("<user>Text: \nContinuation:</user><assistant>", chat.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Raw_text_gets_the_special_tokens_of_the_tokenizer_and_they_are_no_part_of_the_span()
    {
        var rendered = Render(chat: null, "ab", tokenizer: CharacterTokenizer.Create(_folder, addsBegin: true, addsEnd: true));

        Assert.Equal(4, rendered.Ids.Length);
        Assert.Equal((CharacterTokenizer.Begin, CharacterTokenizer.End), (rendered.Ids[0], rendered.Ids[^1]));
        Assert.Equal((1, 3), (rendered.SpanStart, rendered.SpanEnd));
    }

    [Fact]
    public void A_chat_has_the_special_tokens_of_its_template_alone()
    {
        var tokenizer = CharacterTokenizer.Create(_folder, addsBegin: true, addsEnd: true);
        var rendered = Render(Chat, "ab", tokenizer: tokenizer);

        Assert.Equal(tokenizer.Encode(rendered.Text, addSpecialTokens: false).Ids, rendered.Ids);
        Assert.Equal("ab", Spanned(rendered));
    }

    [Fact]
    public void A_chat_template_that_writes_the_beginning_gets_no_second_one_and_none_gets_an_end()
    {
        var tokenizer = CharacterTokenizer.Create(_folder, addsBegin: true, addsEnd: true);
        var begins = new PromptRendererOptions { BeginsChats = true };
        var prompt = new Prompt { Id = "1", Text = "ab" };
        var writes = new PromptRenderer(tokenizer, ChatTemplate.Parse("<s>" + Chat), begins).Render(prompt);
        var writesNot = new PromptRenderer(tokenizer, ChatTemplate.Parse(Chat), begins).Render(prompt);

        Assert.Equal(writes.Ids, writesNot.Ids);
        Assert.Equal(CharacterTokenizer.Begin, writes.Ids[0]);
        Assert.NotEqual(CharacterTokenizer.Begin, writes.Ids[1]);
        Assert.DoesNotContain(CharacterTokenizer.End, writes.Ids);
        Assert.Equal("ab", Spanned(writes));
        Assert.Equal("ab", Spanned(writesNot));
    }

    [Theory]
    [InlineData("{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}<{{ m.role }}>{{ m.content }}{% endfor %}")]
    [InlineData("{% for m in messages if m.role != 'system' %}<{{ m.role }}>{{ m.content }}{% endfor %}")]
    public void A_system_text_that_is_refused_or_dropped_moves_into_the_users_turn(string chat)
    {
        var rendered = Render(chat, "So it", template: 3);

        Assert.Equal("<user>Complete a given text without explanation.\n\nSo it", rendered.Text);
        Assert.Equal("So it", Spanned(rendered));
    }

    [Fact]
    public void A_system_text_that_is_taken_stays_in_its_turn() =>
        Assert.Equal("<system>Complete a given text without explanation.</system><user>So it</user><assistant>", Render(Chat, "So it", template: 3).Text);

    [Theory]
    [InlineData("user", "user")]
    [InlineData("<user>", "<user>")]
    [InlineData("assistant", "assistant")]
    [InlineData("  both  ", "both")]
    [InlineData("\n\nbefore", "before")]
    [InlineData(" e", "e")]
    [InlineData("Text: Text:", "Text: Text:")]
    [InlineData("{{ messages }} {% if %}", "{{ messages }} {% if %}")]
    [InlineData("\ue000\ue001", "\ue000\ue001")]
    [InlineData("🙂 ünï", "🙂 ünï")]
    public void The_span_is_exact_where_the_template_strips(string prompt, string left)
    {
        var rendered = Render("<user>\n{% for m in messages %}<user> {{ m.content|trim }} </user>user{% endfor %}", prompt);

        Assert.Equal("<user>\n<user> ".Length, rendered.Characters.Start);
        Assert.Equal(left, rendered.Text[rendered.Characters.Start..rendered.Characters.End]);
        Assert.Equal(left, Spanned(rendered));
    }

    [Fact]
    public void Blanks_around_the_text_belong_to_the_span_where_they_are_kept()
    {
        Assert.Equal("  both  ", Spanned(Render(Chat, "  both  ")));
        Assert.Equal("  both", Spanned(Render("{% for m in messages %} {{ m.content.rstrip() }} {% endfor %}", "  both  ")));
        Assert.Equal("  ", Spanned(Render(Chat, "  ")));
        Assert.Equal("  both  ", Spanned(Render("{% for m in messages %}{{ m.content|trim }}{% endfor %}", "  both  ", template: 1)));
    }

    [Fact]
    public void A_text_of_blanks_that_the_template_strips_leaves_no_span()
    {
        var rendered = Render("{% for m in messages %}<u>{{ m.content|trim }}{% endfor %}", "   ");

        Assert.Equal(("<u>", MissingReason.EmptyPrompt), (rendered.Text, rendered.Missing));
    }

    [Fact]
    public void The_span_is_that_of_the_escaped_text_where_the_template_escapes()
    {
        Assert.Equal("a \\\"b\\\"\\n", Spanned(Render("{% for m in messages %}{{ m|tojson }}{% endfor %}", "a \"b\"\n")));
        Assert.Equal("1 &lt; 2", Spanned(Render("{% for m in messages %}{{ m.content|e }}&lt;{% endfor %}", "1 < 2")));
        Assert.Equal("LOUD", Spanned(Render("{% for m in messages %}LOUD {{ m.content|upper }}{% endfor %}", "loud")));
    }

    [Theory]
    [InlineData("no content at all")]
    [InlineData("{% for m in messages %}{{ m.content }} and again {{ m.content }}{% endfor %}")]
    [InlineData("{% for m in messages %}{{ m.content[:2] }}{% endfor %}")]
    [InlineData("{% for m in messages %}{{ m.content|reverse }}{% endfor %}")]
    public void Where_the_place_cannot_be_told_there_is_an_error_and_no_guess(string chat) =>
        Assert.Equal("prompt-not-found", Assert.Throws<InputException>(() => Render(chat, "So it goes")).Code);

    [Fact]
    public void A_refused_conversation_and_an_unknown_template_are_input_errors()
    {
        var refusal = Assert.Throws<InputException>(() => Render("{{ raise_exception('never') }}", "a"));

        Assert.Equal("chat-template", refusal.Code);
        Assert.Contains("never", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("wrong-usage", Assert.Throws<InputException>(() => Render(chat: null, "a", template: 5)).Code);
    }

    [Fact]
    public void The_reference_span_runs_one_character_further_but_not_beyond_the_text()
    {
        var tokenizer = CharacterTokenizer.Create(_folder);
        var reference = new PromptRenderer(tokenizer, ChatTemplate.Parse(Chat), new PromptRendererOptions { Reference = true });

        Assert.Equal("ab<", Spanned(reference.Render(new Prompt { Id = "1", Text = "ab" })));
        Assert.Equal(
            "ab",
            Spanned(new PromptRenderer(tokenizer, null, new PromptRendererOptions { Reference = true }).Render(new Prompt { Id = "1", Text = "ab" })));
    }

    [Fact]
    public void A_template_of_the_users_own_comes_from_a_file()
    {
        var path = Path.Combine(_folder, "own.json");
        File.WriteAllText(path, """{"system": "Go on.", "user": "<<{prompt}>>"}""");
        var renderer = new PromptRenderer(CharacterTokenizer.Create(_folder), null, new PromptRendererOptions { Templates = PromptTemplateFile.AddTo(path) });
        var rendered = renderer.Render(new Prompt { Id = "1", Text = "ab", Template = 5 });

        Assert.Equal("Go on. <<ab>>", rendered.Text);
        Assert.Equal("ab", Spanned(rendered));
    }

    [Theory]
    [InlineData("""{"user": "no place"}""")]
    [InlineData("""{"user": "{prompt} {prompt}"}""")]
    [InlineData("""{"system": "{prompt}", "user": "{prompt}"}""")]
    [InlineData("""{"system": 5, "user": "{prompt}"}""")]
    [InlineData("""{"users": "{prompt}"}""")]
    [InlineData("""["{prompt}"]""")]
    [InlineData("{")]
    public void A_template_file_that_is_none_is_an_error(string content)
    {
        var path = Path.Combine(_folder, "own.json");
        File.WriteAllText(path, content);

        Assert.Equal("template-file", Assert.Throws<InputException>(() => PromptTemplateFile.Read(path)).Code);
        Assert.Equal("template-file", Assert.Throws<InputException>(() => PromptTemplateFile.Read(path + ".none")).Code);
    }

    private RenderedPrompt Render(string? chat, string prompt, int template = 0, Tokenizer? tokenizer = null) =>
        new PromptRenderer(tokenizer ?? CharacterTokenizer.Create(_folder), chat is null ? null : ChatTemplate.Parse(chat))
            .Render(new Prompt { Id = "1", Text = prompt, Template = template });

    // The text that the tokens of the span cover.
    private static string Spanned(RenderedPrompt rendered) => rendered.SpanEnd == rendered.SpanStart
        ? ""
        : rendered.Text[rendered.Offsets[rendered.SpanStart].Start..rendered.Offsets[rendered.SpanEnd - 1].End];
}
