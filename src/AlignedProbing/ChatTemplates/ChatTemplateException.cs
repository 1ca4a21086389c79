using System.Globalization;

namespace AlignedProbing.ChatTemplates;

/// <summary>A chat template cannot be read, or does not render these messages.</summary>
public sealed class ChatTemplateException : Exception
{
    internal ChatTemplateException(ChatTemplateFault kind, string errorType, string reason, int line = 0)
        : base(line == 0 ? $"{errorType}: {reason}" : string.Create(CultureInfo.InvariantCulture, $"{errorType} in line {line} of the chat template: {reason}"))
    {
        Kind = kind;
        ErrorType = errorType;
        Reason = reason;
        Line = line;
    }

    /// <summary>What kind of fault it is.</summary>
    public ChatTemplateFault Kind { get; }

    /// <summary>
    /// The error's name in Jinja2 or Python where they have it: TemplateError for a refusal, TemplateSyntaxError, UndefinedError, TypeError, ...
    /// </summary>
    public string ErrorType { get; }

    /// <summary>The message as the template, Jinja2 or Python words it.</summary>
    public string Reason { get; }

    /// <summary>Line of the template, from 1; 0 where unknown.</summary>
    public int Line { get; }

    internal ChatTemplateException At(int line) => Line > 0 ? this : new ChatTemplateException(Kind, ErrorType, Reason, line);
}

/// <summary>Kinds of faults of a chat template.</summary>
public enum ChatTemplateFault
{
    /// <summary>The template is not valid Jinja.</summary>
    Syntax,

    /// <summary>The template itself refuses the messages by <c>raise_exception</c>.</summary>
    Refusal,

    /// <summary>An expression has no value for these messages: an undefined variable, a wrong type.</summary>
    Evaluation,

    /// <summary>The template takes more steps, text, nesting or memory than allowed.</summary>
    Limit,

    /// <summary>The template uses something of Jinja2 that this interpreter does not have.</summary>
    Unsupported,
}
