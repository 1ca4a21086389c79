using System.Globalization;
using AlignedProbing.ChatTemplates;

namespace AlignedProbing.Tests.ChatTemplates;

public sealed class ChatTemplateTests
{
    [Fact]
    public void Messages_the_generation_prompt_and_special_tokens_are_seen()
    {
        var template = ChatTemplate.Parse(
            "{{ bos_token }}{% for m in messages %}[{{ m.role }}:{{ m['content'] }}]{% endfor %}{% if add_generation_prompt %}>{% endif %}{{ eos_token is " +
            "defined }}{{ tools is none }}",
            new ChatTemplateOptions { SpecialTokens = new Dictionary<string, string> { ["bos_token"] = "<s>" } });

        Assert.Equal("<s>[user:hi]>FalseTrue", template.Render([new ChatMessage("user", "hi")], addGenerationPrompt: true));
        Assert.Equal("<s>FalseTrue", template.Render([], addGenerationPrompt: false));
    }

    [Fact]
    public void A_refusal_an_undefined_value_and_an_unknown_tag_are_told_apart_and_name_their_line()
    {
        Assert.Equal((ChatTemplateFault.Refusal, 2), Fault("a\n{{ raise_exception('no') }}"));
        Assert.Equal((ChatTemplateFault.Evaluation, 3), Fault("a\n\n{{ nothing.at_all }}"));
        Assert.Equal((ChatTemplateFault.Syntax, 2), Fault("\n{% nonsense %}"));
        Assert.Equal((ChatTemplateFault.Unsupported, 2), Fault("\n{% include 'file' %}"));
        Assert.Equal((ChatTemplateFault.Unsupported, 1), Fault("{{ 'a'|xmlattr }}"));
        Assert.Equal((ChatTemplateFault.Unsupported, 1), Fault("{{ 'a'.encode() }}"));
    }

    [Fact]
    public void The_clock_stands_still_unless_it_is_set()
    {
        var template = "{{ strftime_now('%Y-%m-%d') }}";

        Assert.Equal("2025-01-01", ChatTemplate.Parse(template).Render([], addGenerationPrompt: false));
        Assert.Equal(
            "2031-12-05",
            ChatTemplate.Parse(template, new ChatTemplateOptions { Now = new DateTime(2031, 12, 5) }).Render([], addGenerationPrompt: false));
    }

    [Theory]
    [InlineData("de-DE")]
    [InlineData("tr-TR")]
    public void The_culture_of_the_machine_changes_nothing(string culture)
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        try
        {
            var template = ChatTemplate.Parse(
                "{{ 1.5 }} {{ 'TITLE i'|lower }} {{ 'i'|upper }} {{ '%.2f' % 2.5 }} {{ strftime_now('%A %B') }} {{ '1.5'|float }}");
            Assert.Equal("1.5 title i I 2.50 Wednesday January 1.5", template.Render([], addGenerationPrompt: false));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_template_may_be_rendered_by_many_threads_at_once()
    {
        var template = ChatTemplate.Parse("{% set ns = namespace(t='') %}{% for m in messages %}{% set ns.t = ns.t + m.content %}{% endfor %}{{ ns.t }}");

        Parallel.For(0, 200, number =>
            Assert.Equal(
                $"{number}{number}",
                template.Render([new ChatMessage("user", $"{number}"), new ChatMessage("user", $"{number}")], addGenerationPrompt: false)));
    }

    private static (ChatTemplateFault Kind, int Line) Fault(string source)
    {
        var error = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(source).Render([], addGenerationPrompt: false));
        return (error.Kind, error.Line);
    }
}
