
namespace AlignedProbing.ChatTemplates;

/// <summary>Makes the errors of this room, worded as Jinja2 and Python word them.</summary>
internal static class Fault
{
    public static ChatTemplateException Syntax(string reason, int line) => new(ChatTemplateFault.Syntax, "TemplateSyntaxError", reason, line);

    public static ChatTemplateException Assertion(string reason, int line) => new(ChatTemplateFault.Syntax, "TemplateAssertionError", reason, line);

    public static ChatTemplateException Refusal(string reason) => new(ChatTemplateFault.Refusal, "TemplateError", reason);

    public static ChatTemplateException Type(string reason) => new(ChatTemplateFault.Evaluation, "TypeError", reason);

    public static ChatTemplateException Value(string reason) => new(ChatTemplateFault.Evaluation, "ValueError", reason);

    public static ChatTemplateException Runtime(string errorType, string reason) => new(ChatTemplateFault.Evaluation, errorType, reason);

    public static ChatTemplateException Limit(string reason) => new(ChatTemplateFault.Limit, "LimitExceeded", reason);

    public static ChatTemplateException Unsupported(string construct, int line = 0) =>
        new(ChatTemplateFault.Unsupported, "Unsupported", $"{construct} is not supported here", line);
}
