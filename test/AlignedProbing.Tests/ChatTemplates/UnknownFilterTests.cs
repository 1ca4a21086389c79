using AlignedProbing.ChatTemplates;

namespace AlignedProbing.Tests.ChatTemplates;

/// <summary>
/// A filter or test that nobody knows. Jinja2 3.1 looks those up before rendering that do not stand right within an <c>if</c>, and the others when they are
/// reached (its compiler's "soft" frames).
/// </summary>
public sealed class UnknownFilterTests
{
    [Theory]
    [InlineData("{% if false %}{{ 1 | from_json }}{% endif %}ok")]
    [InlineData("{% if true %}{% else %}{{ 1 | from_json }}{% endif %}ok")]
    [InlineData("{% if false %}{% set x = 1 | from_json %}{% endif %}ok")]
    [InlineData("{% if false and 1 is odd_one %}{% endif %}ok")]
    [InlineData("{% if true %}{% elif 1 | from_json %}{% endif %}ok")]
    [InlineData("{{ 'ok' if true else 1 | from_json }}")]
    [InlineData("{{ 1 | from_json if false else 'ok' }}")]
    [InlineData("{% for x in [] %}{% if x is odd_one %}{% endif %}{% endfor %}ok")]
    [InlineData("{{ 1 | wordwrap if false else 'ok' }}")]
    public void Where_it_is_not_reached_it_is_no_error(string template) =>
        Assert.Equal("ok", ChatTemplate.Parse(template).Render([], addGenerationPrompt: false));

    [Theory]
    [InlineData("{% if true %}{{ 1 | from_json }}{% endif %}", "TemplateRuntimeError: No filter named 'from_json' found.")]
    [InlineData("{{ 1 if 1 is odd_one else 2 }}", "TemplateRuntimeError: No test named 'odd_one' found.")]
    [InlineData("{{ 1 | from_json }}", "TemplateAssertionError: No filter named 'from_json'.")]
    [InlineData("{{ false and 1 is odd_one }}", "TemplateAssertionError: No test named 'odd_one'.")]
    [InlineData("{% if false %}{% for x in [] %}{{ x | from_json }}{% endfor %}{% endif %}", "TemplateAssertionError: No filter named 'from_json'.")]
    [InlineData("{% if false %}{% macro m() %}{{ 1 | from_json }}{% endmacro %}{% endif %}", "TemplateAssertionError: No filter named 'from_json'.")]
    public void Elsewhere_it_is_refused_with_the_words_of_Jinja(string template, string words)
    {
        var error = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(template).Render([], addGenerationPrompt: false));
        Assert.Equal(words, $"{error.ErrorType}: {error.Reason}");
    }
}
