using AlignedProbing.ChatTemplates;
using AlignedProbing.ChatTemplates.Syntax;
using AlignedProbing.Tokenizers;

namespace AlignedProbing.Prompts;

/// <summary>
/// Puts prompt texts into one template and one chat template, and finds where they come to stand. A chat template may strip, escape or move what it is given,
/// so a place is only believed when a rendering with marks around the text confirms it.
/// </summary>
internal sealed class PromptPlacer
{
    private readonly ChatTemplate? _chat;
    private readonly string? _system;
    private readonly string _before;
    private readonly string _behind;
    private readonly string _number;
    private readonly (string Before, string Behind)? _frame;

    /// <summary>Finds out how the chat template takes the system text.</summary>
    /// <exception cref="InputException">The chat template refuses a plain conversation.</exception>
    public PromptPlacer(PromptTemplate template, ChatTemplate? chat, int number)
    {
        _chat = chat;
        _number = number.ToString(System.Globalization.CultureInfo.InvariantCulture);
        _system = string.IsNullOrEmpty(template.System) ? null : template.System;
        _before = template.Before;
        _behind = template.Behind;
        if (chat is null)
        {
            return;
        }

        if (_system is not null && !KeepsSystem())
        {
            _before = $"{_system}\n\n{_before}";
            _system = null;
        }

        // What stands around any text the template does nothing about; with it most prompts need one rendering only.
        var mark = Marks.For("")[0];
        var rendered = Render(_before + mark + _behind);
        var at = rendered.IndexOf(mark, StringComparison.Ordinal);
        _frame = at >= 0 && rendered.IndexOf(mark, at + 1, StringComparison.Ordinal) < 0 ? (rendered[..at], rendered[(at + 1)..]) : null;
    }

    /// <summary>The whole text and the prompt text's place in it.</summary>
    /// <exception cref="InputException">The chat template refuses the text, or its place cannot be told.</exception>
    public (string Text, TextRange Characters) Place(string prompt)
    {
        if (_chat is null)
        {
            var user = _before + prompt + _behind;
            var start = _system is not null && user.Length > 0 ? _system.Length + 1 : _system?.Length ?? 0;
            var text = _system is null ? user : user.Length > 0 ? $"{_system} {user}" : _system;
            return (text, new TextRange(start + _before.Length, start + _before.Length + prompt.Length));
        }

        var rendered = Render(_before + prompt + _behind);
        if (prompt.Length == 0)
        {
            return (rendered, new TextRange(0, 0));
        }

        return (rendered, Framed(rendered, prompt) ?? Marked(rendered, prompt) ?? throw new InputException(
            "prompt-not-found",
            $"finding the prompt text in what the chat template makes of it (template {_number})",
            $"the place of '{Shorten(prompt)}' cannot be told: the chat template leaves it out, repeats it or rewrites it",
            "Use --chat off, another --template, or leave this prompt out"));
    }

    private TextRange? Framed(string rendered, string prompt) =>
        _frame is var (before, behind)
        && rendered.Length == before.Length + prompt.Length + behind.Length
        && rendered.StartsWith(before, StringComparison.Ordinal)
        && rendered.EndsWith(behind, StringComparison.Ordinal)
        && rendered.AsSpan(before.Length, prompt.Length).SequenceEqual(prompt)
            ? new TextRange(before.Length, before.Length + prompt.Length)
            : null;

    // Marks around the whole text: they change nothing else where the template does not strip.
    private TextRange? Marked(string rendered, string prompt)
    {
        var marks = Marks.For(rendered + prompt);
        return Between(_before + marks[0] + prompt + marks[1] + _behind, marks) is var (before, middle, behind) && before + middle + behind == rendered
            ? new TextRange(before.Length, before.Length + middle.Length)
            : MarkedWithinBlanks(rendered, prompt, marks);
    }

    // Marks around the text within its blanks: a template that strips must still meet the blanks where it did.
    private TextRange? MarkedWithinBlanks(string rendered, string prompt, string[] marks)
    {
        var lead = prompt.Length - PythonText.TrimStart(prompt).Length;
        var core = PythonText.Trim(prompt);
        if (core.Length == 0)
        {
            // It was there as a whole, which marks around it would have shown, or was stripped as a whole.
            return Render(_before + _behind) == rendered ? new TextRange(0, 0) : null;
        }

        var trail = prompt[(lead + core.Length)..];
        var whole = Between(_before + prompt[..lead] + marks[0] + core + marks[1] + trail + _behind, marks);
        var bare = Between(_before + marks[0] + core + marks[1] + _behind, marks);
        if (whole is not var (before, middle, behind) || bare is not var (bareBefore, bareMiddle, bareBehind)
            || before + middle + behind != rendered || middle != bareMiddle)
        {
            return null;
        }

        // How many of the blanks around are still there.
        var kept = before.Length - bareBefore.Length;
        var keptBehind = behind.Length - bareBehind.Length;
        if (kept < 0 || kept > lead || keptBehind < 0 || keptBehind > trail.Length
            || !before.AsSpan(before.Length - kept).SequenceEqual(prompt.AsSpan(lead - kept, kept))
            || !behind.AsSpan(0, keptBehind).SequenceEqual(trail.AsSpan(0, keptBehind)))
        {
            return null;
        }

        return new TextRange(before.Length - kept, before.Length + middle.Length + keptBehind);
    }

    private (string Before, string Middle, string Behind)? Between(string user, string[] marks)
    {
        var rendered = Render(user);
        var start = rendered.IndexOf(marks[0], StringComparison.Ordinal);
        var end = rendered.IndexOf(marks[1], StringComparison.Ordinal);
        return
            start >= 0
            && end > start
            && rendered.LastIndexOf(marks[0], StringComparison.Ordinal) == start
            && rendered.LastIndexOf(marks[1], StringComparison.Ordinal) == end
            ? (rendered[..start], rendered[(start + 1)..end], rendered[(end + 1)..])
            : null;
    }

    private bool KeepsSystem()
    {
        var marks = Marks.For("");
        try
        {
            return _chat!.Render([new ChatMessage("system", marks[0]), new ChatMessage("user", marks[1])], addGenerationPrompt: true)
                .Contains(marks[0], StringComparison.Ordinal);
        }
        catch (ChatTemplateException error) when (error.Kind is ChatTemplateFault.Refusal or ChatTemplateFault.Evaluation)
        {
            // Whether it takes the conversation without a system role shows when that is rendered.
            return false;
        }
    }

    private string Render(string user)
    {
        ChatMessage[] messages = _system is null
            ? [new ChatMessage("user", user)]
            : [new ChatMessage("system", _system), new ChatMessage("user", user)];
        try
        {
            return _chat!.Render(messages, addGenerationPrompt: true);
        }
        catch (ChatTemplateException error)
        {
            throw new InputException(
                "chat-template",
                $"applying the chat template (template {_number})",
                error.Message,
                "Use --chat off, or another template in chat_template.jinja",
                error);
        }
    }

    private static string Shorten(string text) => text.Length <= 60 ? text : text[..(char.IsHighSurrogate(text[59]) ? 59 : 60)] + "…";

    // Characters of the private use area: no template and hardly a text holds one, and no rule for blanks, letters or escapes applies to them.
    private static class Marks
    {
        public static string[] For(string text)
        {
            var free = Enumerable.Range(0xE000, 0x1900).Select(codePoint => (char)codePoint).Where(mark => !text.Contains(mark)).Take(2).ToArray();
            return [free[0].ToString(), free[1].ToString()];
        }
    }
}
