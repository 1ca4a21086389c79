namespace AlignedProbing.ChatTemplates.Syntax;

/// <summary>The tokens of a template while it is parsed, and what the parts of the parser must know of each other.</summary>
internal sealed class TokenStream(List<Token> tokens, int nesting)
{
    private readonly Stack<HashSet<string>> _names = new();
    private readonly List<(ChatTemplateException Fault, bool MayBe)> _unknown = [];
    private int _at;
    private int _depth;

    /// <summary>The current token.</summary>
    public Token Current => tokens[_at];

    /// <summary>The token after it.</summary>
    public Token Next => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    /// <summary>How many loops of the current macro or template surround this place.</summary>
    public int Loops { get; set; }

    /// <summary>Whether this place is right within an <c>if</c>: a filter or test that nobody knows is an error there only when it is reached.</summary>
    public bool IsConditional { get; set; }

    /// <summary>How many filters and tests that nobody knows were met.</summary>
    public int Unknown => _unknown.Count;

    /// <summary>Notes a filter or test that nobody knows.</summary>
    public void NoteUnknown(ChatTemplateException fault) => _unknown.Add((fault, IsConditional));

    /// <summary>Those noted from a number on turned out to stand within an inline <c>if</c>.</summary>
    public void Condition(int from)
    {
        for (var i = from; i < _unknown.Count; i++)
        {
            _unknown[i] = (_unknown[i].Fault, true);
        }
    }

    /// <summary>Throws for the first unknown filter or test that is an error wherever the template goes.</summary>
    public void ThrowUnknown()
    {
        if (_unknown.Find(entry => !entry.MayBe).Fault is { } fault)
        {
            throw fault;
        }
    }

    /// <summary>Takes the current token.</summary>
    public Token Take()
    {
        var token = Current;
        _at = Math.Min(_at + 1, tokens.Count - 1);
        return token;
    }

    /// <summary>Takes the current token where it is this operator.</summary>
    public bool TakeOperator(string text) => Current.IsOperator(text) && Take() is var _;

    /// <summary>Takes the current token where it is this name.</summary>
    public bool TakeName(string name) => Current.IsName(name) && Take() is var _;

    /// <summary>Takes an operator that must be there.</summary>
    public void ExpectOperator(string text)
    {
        if (!TakeOperator(text))
        {
            throw Unexpected(text);
        }
    }

    /// <summary>Takes a name that must be there.</summary>
    public Token ExpectName() => Current.Kind == TokenKind.Name ? Take() : throw Unexpected("name");

    /// <summary>Takes a token of a kind that must be there.</summary>
    public void Expect(TokenKind kind)
    {
        if (Take() is var token && token.Kind != kind)
        {
            throw Unexpected(token, new Token(kind, "", 0).Describe());
        }
    }

    /// <summary>The error that another token was expected here.</summary>
    public ChatTemplateException Unexpected(string expected) => Unexpected(Current, expected);

    /// <summary>Goes one level deeper.</summary>
    /// <exception cref="ChatTemplateException">That is too deep.</exception>
    public void Enter()
    {
        Rendering.CheckStack();
        if (++_depth > nesting)
        {
            throw new ChatTemplateException(ChatTemplateFault.Limit, "LimitExceeded", $"the template is nested more than {nesting} deep", Current.Line);
        }
    }

    /// <summary>Comes back.</summary>
    public void Leave() => _depth--;

    /// <summary>Notes that a name is used, for the macros around.</summary>
    public void Use(string name)
    {
        if (name is "varargs" or "kwargs" or "caller")
        {
            foreach (var names in _names)
            {
                names.Add(name);
            }
        }
    }

    /// <summary>Begins a macro's body; <see cref="Use"/> fills the set.</summary>
    public HashSet<string> BeginMacro()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        _names.Push(names);
        return names;
    }

    /// <summary>Ends it.</summary>
    public void EndMacro() => _names.Pop();

    private static ChatTemplateException Unexpected(Token found, string expected) => found.Kind == TokenKind.End
        ? Fault.Syntax($"unexpected end of template, expected '{expected}'.", found.Line)
        : Fault.Syntax($"expected token '{expected}', got '{found.Describe()}'", found.Line);
}
