using AlignedProbing.ChatTemplates.Nodes;
using AlignedProbing.ChatTemplates.Syntax;
using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates;

/// <summary>
/// A chat template: Jinja as transformers accepts it (Jinja2 3.1, <c>trim_blocks</c> and <c>lstrip_blocks</c> on, loop controls, the immutable sandbox, its own
/// <c>tojson</c>, <c>raise_exception</c>, <c>strftime_now</c> and <c>generation</c> blocks). Templates come from strangers: rendering is bounded in time,
/// memory and depth, and reaches nothing beyond the values it is given. It may be rendered by several threads at once.
/// </summary>
public sealed class ChatTemplate
{
    private readonly IReadOnlyList<Statement> _body;

    private ChatTemplate(string source, IReadOnlyList<Statement> body, ChatTemplateOptions options)
    {
        Source = source;
        _body = body;
        Options = options;
    }

    /// <summary>The template as it was written.</summary>
    public string Source { get; }

    /// <summary>What it sees and may use.</summary>
    public ChatTemplateOptions Options { get; }

    /// <summary>Reads a template.</summary>
    /// <exception cref="ChatTemplateException">It is not valid Jinja, uses what this interpreter does not have, or is too large.</exception>
    public static ChatTemplate Parse(string source, ChatTemplateOptions? options = null)
    {
        options ??= new ChatTemplateOptions();
        return new ChatTemplate(source, TemplateParser.Parse(source, options.Limits), options);
    }

    /// <summary>Writes a conversation as the model expects it.</summary>
    /// <param name="messages">The conversation.</param>
    /// <param name="addGenerationPrompt">Whether the beginning of the assistant's answer is added.</param>
    /// <exception cref="ChatTemplateException">The template refuses the conversation, an expression has no value, or a limit is met.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        var rendering = new Rendering(Options.Limits, Options.Now);
        var variables = new Scope(rendering, outer: null);
        variables.Set("tools", NoneValue.Instance);
        variables.Set("documents", NoneValue.Instance);
        foreach (var (name, value) in Options.Variables)
        {
            variables.Set(name, JsonValues.From(value));
        }

        foreach (var (name, token) in Options.SpecialTokens)
        {
            variables.Set(name, token);
        }

        variables.Set("messages", SequenceValue.List([.. messages.Select(Message)]));
        variables.Set("add_generation_prompt", addGenerationPrompt);
        return Run(variables, rendering);
    }

    private static DictValue Message(ChatMessage message)
    {
        var dict = new DictValue();
        dict.Set("role", message.Role);
        dict.Set("content", message.Content);
        return dict;
    }

    private string Run(Scope variables, Rendering rendering)
    {
        try
        {
            return Statement.Collect(_body, variables.Inner());
        }
        catch (ChatTemplateException error)
        {
            throw error.At(rendering.Line);
        }
    }
}
