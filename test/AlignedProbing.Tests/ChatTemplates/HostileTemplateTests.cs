using System.Diagnostics;
using AlignedProbing.ChatTemplates;

namespace AlignedProbing.Tests.ChatTemplates;

/// <summary>Templates come with models from strangers: none may take unbounded time, memory or stack.</summary>
public sealed class HostileTemplateTests
{
    public static TheoryData<string> Hostile =>
        [
            "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
            "{% set ns = namespace(s='x') %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
            "{% set ns = namespace(s='x') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
            "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
            "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}",
            "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l|tojson }}",
            "{% set ns = namespace(l=[1], m=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% set ns.m = [ns.m, ns.m] %}{% endfor %}{{ " +
            "ns.l == ns.m }}",
            "{% set ns = namespace(l=[]) %}{% for i in range(100000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}",
            "{% set ns = namespace(l=[]) %}{% for i in range(100000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l|tojson }}",
            "{% set ns = namespace(l=()) %}{% for i in range(100000) %}{% set ns.l = (ns.l,) %}{% endfor %}{{ {ns.l: 1} }}",
            "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
            "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
            "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
            "{{ 'x' * 1000000000 }}",
            "{{ [1] * 1000000000 }}",
            "{{ range(1000000000) }}",
            "{{ range(-9223372036854775807, 9223372036854775807) }}",
            "{{ 2 ** 64 }}",
            "{{ 9223372036854775807 + 1 }}",
            "{{ 'x'.center(1000000000) }}",
            "{{ 'x'.zfill(1000000000) }}",
            "{{ 'x'|center(1000000000) }}",
            "{{ 'a\nb'|indent(1000000000) }}",
            "{{ '\t'.expandtabs(1000000000) }}",
            "{{ '%1000000000d' % 1 }}",
            "{{ '%.1000000000f' % 1 }}",
            "{{ '{:1000000000}'.format(1) }}",
            "{{ ('x' * 100000).replace('', 'y' * 100000) }}",
            "{{ ('x' * 100000).replace('x', 'y' * 100000) }}",
            "{{ ('y' * 100000).join(('x,' * 1000).split(',')) }}",
            "{{ ('a,' * 1000000).split(',') }}",
            "{{ [1]|batch(1000000000, 'x')|list }}",
            "{{ [1]|slice(1000000000)|list }}",
            "{% for i in range(100000) %}{{ 'x' * 1000 }}{% endfor %}",
            "{% set s = 'x' * 4000000 %}{% for i in range(100000) %}{{ s|length }}{{ s == s ~ '' }}{% endfor %}",
            "{% set t = range(100000)|list %}{% set d = {} %}{% for i in range(100000) %}{{ 5 in t[1:] }}{% endfor %}",
            new string('(', 100_000) + "1" + new string(')', 100_000),
            "{{ " + new string('(', 100_000) + " }}",
            "{{ " + new string('[', 100_000) + " }}",
            "{{ " + new string('-', 100_000) + "1 }}",
            "{{ " + string.Concat(Enumerable.Repeat("not ", 100_000)) + "1 }}",
            string.Concat(Enumerable.Repeat("{% if 1 %}", 10_000)),
            "{{ 1" + string.Concat(Enumerable.Repeat("+1", 300_000)) + " }}",
            "{{ a" + string.Concat(Enumerable.Repeat("|trim", 100_000)) + " }}",
            new string(' ', 2_000_000),
        ];

    // A fifth of the default, to be quick: what takes this long would go on for as long as it is let.
    private static readonly ChatTemplateOptions Options = new() { Limits = new ChatTemplateLimits { Work = 4_000_000 } };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_template_ends_soon_with_an_answer(string source)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            ChatTemplate.Parse(source, Options).Render([], addGenerationPrompt: false);
        }
        catch (ChatTemplateException error)
        {
            Assert.True(error.Kind is ChatTemplateFault.Limit or ChatTemplateFault.Syntax, error.Message);
        }

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"it took {clock.Elapsed}");
    }

    [Theory]
    [InlineData("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{{ 'x' * 1000000000 }}")]
    [InlineData("{{ 2 ** 64 }}")]
    public void What_goes_beyond_a_bound_is_a_limit(string source) =>
        Assert.Equal(
            ChatTemplateFault.Limit,
            Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(source).Render([], addGenerationPrompt: false)).Kind);

    [Theory]
    [InlineData("{{ ''.__class__.__mro__ }}")]
    [InlineData("{{ ''['__class__']['__base__'] }}")]
    [InlineData("{{ [].append(1) }}")]
    [InlineData("{{ messages.clear() }}")]
    [InlineData("{{ {}.update({}) }}")]
    public void What_the_sandbox_hides_is_a_security_error(string source) =>
        Assert.Equal("SecurityError", Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(source).Render([], addGenerationPrompt: false)).ErrorType);
}
