using System.Collections.Concurrent;
using AlignedProbing.ChatTemplates;
using AlignedProbing.Runs;
using AlignedProbing.Tokenizers;

namespace AlignedProbing.Prompts;

/// <summary>
/// Renders prompts: puts the prompt text into its template and, where one is given, into the chat template (with the beginning of the answer), tokenizes, and
/// finds the tokens that share a character with the prompt text. May be used by several threads at once.
/// </summary>
/// <remarks>
/// Without a chat template the system text and the user's are joined by a space, and the tokenizer adds its special tokens. With one, a text has the special
/// tokens that the template writes and no other, unless <see cref="PromptRendererOptions.BeginsChats"/> asks for the tokenizer's. A system text moves into the
/// user's turn, two line ends before it, where the chat template refuses a system role or drops it silently.
/// </remarks>
public sealed class PromptRenderer
{
    private readonly Tokenizer _tokenizer;
    private readonly ChatTemplate? _chatTemplate;
    private readonly PromptRendererOptions _options;
    private readonly ConcurrentDictionary<int, PromptPlacer> _placers = new();

    /// <summary>Creates a renderer.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="chatTemplate">The model's chat template; null where it is off.</param>
    /// <param name="options">Options.</param>
    /// <exception cref="InputException">An option cannot be meant.</exception>
    public PromptRenderer(Tokenizer tokenizer, ChatTemplate? chatTemplate, PromptRendererOptions? options = null)
    {
        _tokenizer = tokenizer;
        _chatTemplate = chatTemplate;
        _options = options ?? new PromptRendererOptions();
        _options.Validate();
    }

    /// <summary>A renderer with the chat template of a model's folder.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="options">Options.</param>
    /// <returns>The renderer, or null where the model has no chat template.</returns>
    /// <exception cref="InputException">The template cannot be read, or an option cannot be meant.</exception>
    public static PromptRenderer? WithChatTemplateOf(string folder, Tokenizer tokenizer, PromptRendererOptions? options = null) =>
        ChatTemplateSource.FromFolder(folder) is { } template ? new PromptRenderer(tokenizer, template, options) : null;

    /// <summary>Renders a prompt. One whose text is empty, or leaves no token, is rendered without a span and with its reason.</summary>
    /// <exception cref="InputException"> There is no such template, the chat template refuses the conversation, the place of the prompt text cannot be told, or
    /// the text cannot be tokenized. </exception>
    public RenderedPrompt Render(Prompt prompt)
    {
        var placer = _placers.GetOrAdd(prompt.Template, number => new PromptPlacer(Template(number), _chatTemplate, number));
        var (text, characters) = placer.Place(prompt.Text);
        var tokens = Tokenize(text);
        var (start, end) = Span(tokens.Offsets, characters, text);
        return new RenderedPrompt
        {
            Text = text,
            Ids = tokens.Ids,
            Offsets = tokens.Offsets,
            Characters = characters,
            SpanStart = start,
            SpanEnd = end,
            Missing = start == end ? MissingReason.EmptyPrompt : null,
        };
    }

    private PromptTemplate Template(int number) => number >= 0 && number < _options.Templates.Count
        ? _options.Templates[number]
        : throw new InputException(
            "wrong-usage",
            $"--template {number}",
            $"there are templates 0 to {_options.Templates.Count - 1}",
            "Take one of these, or give a file with a template of your own");

    private (int[] Ids, TextRange[] Offsets) Tokenize(string text)
    {
        try
        {
            if (_chatTemplate is null)
            {
                var raw = _tokenizer.Encode(text, addSpecialTokens: true);
                return (raw.Ids, raw.Offsets);
            }

            var plain = _tokenizer.Encode(text, addSpecialTokens: false);
            if (!_options.BeginsChats)
            {
                return (plain.Ids, plain.Offsets);
            }

            var added = AddedBefore(plain, _tokenizer.Encode(text, addSpecialTokens: true));
            return plain.Ids.AsSpan().StartsWith(added)
                ? (plain.Ids, plain.Offsets)
                : ([.. added, .. plain.Ids], [.. added.Select(_ => new TextRange(0, 0)), .. plain.Offsets]);
        }
        catch (TokenizerException error)
        {
            throw new InputException("text-not-tokenizable", error.Asked, error.Found, error.Remedy, error);
        }
    }

    // What the tokenizer puts before a text: not what it puts after it, for the model is to go on there.
    private static int[] AddedBefore(TokenizedText plain, TokenizedText special)
    {
        for (var count = 0; count + plain.Ids.Length <= special.Ids.Length; count++)
        {
            if (
                special.Ids.AsSpan(count, plain.Ids.Length).SequenceEqual(plain.Ids)
                && special.Offsets.AsSpan(count, plain.Ids.Length).SequenceEqual(plain.Offsets))
            {
                return special.Ids[..count];
            }
        }

        return [];
    }

    private (int Start, int End) Span(TextRange[] offsets, TextRange characters, string text)
    {
        if (characters.Start == characters.End)
        {
            return (0, 0);
        }

        var end = characters.End;
        if (_options.Reference && end < text.Length)
        {
            end += end + 1 < text.Length && char.IsSurrogatePair(text[end], text[end + 1]) ? 2 : 1;
        }

        var first = Array.FindIndex(offsets, token => token.Start < end && token.End > characters.Start);
        var last = Array.FindLastIndex(offsets, token => token.Start < end && token.End > characters.Start);
        return first < 0 ? (0, 0) : (first, last + 1);
    }
}
