using AlignedProbing.ChatTemplates.Nodes;

namespace AlignedProbing.ChatTemplates.Syntax;

/// <summary>Parses a template: text, print tags and statements.</summary>
internal sealed class TemplateParser
{
    private readonly TokenStream _stream;
    private readonly ExpressionParser _expressions;

    private TemplateParser(TokenStream stream)
    {
        _stream = stream;
        _expressions = new ExpressionParser(stream);
    }

    /// <summary>The statements of a template.</summary>
    /// <exception cref="ChatTemplateException">It is not valid, or uses what is not supported.</exception>
    public static IReadOnlyList<Statement> Parse(string source, ChatTemplateLimits limits)
    {
        if (source.Length > limits.SourceLength)
        {
            throw Fault.Limit($"the template is longer than {limits.SourceLength} characters");
        }

        var stream = new TokenStream(Lexer.Read(source), limits.Nesting);
        var body = new TemplateParser(stream).Body([]);
        stream.ThrowUnknown();
        return body;
    }

    // Statements up to a tag of one of these names, which is left standing; up to the end of the template where none is named.
    private List<Statement> Body(ReadOnlySpan<string> ends)
    {
        _stream.Enter();
        var body = new List<Statement>();
        while (true)
        {
            var token = _stream.Take();
            switch (token.Kind)
            {
                case TokenKind.Data:
                    body.Add(new DataStatement(token.Text, token.Line));
                    break;
                case TokenKind.VariableBegin:
                    body.Add(new PrintStatement(_expressions.Tuple(), token.Line));
                    _stream.Expect(TokenKind.VariableEnd);
                    break;
                case TokenKind.BlockBegin:
                    if (_stream.Current.Kind == TokenKind.Name && ends.Contains(_stream.Current.Text))
                    {
                        _stream.Leave();
                        return body;
                    }

                    body.Add(Tag());
                    _stream.Expect(TokenKind.BlockEnd);
                    break;
                default:
                    _stream.Leave();
                    return ends.Length == 0 ? body : throw Fault.Syntax(
                        $"Unexpected end of template. Jinja was looking for the following tags: '{string.Join("' or '", ends!)}'.",
                        token.Line);
            }
        }
    }

    // The body of a block tag: its own end, then statements up to one of the names.
    private List<Statement> Block(params ReadOnlySpan<string> ends)
    {
        _stream.TakeOperator(":");
        _stream.Expect(TokenKind.BlockEnd);
        return Body(ends);
    }

    private List<Statement> LastBlock(string end)
    {
        var body = Block(end);
        _stream.Take();
        return body;
    }

    // What lies right within an if, or within something else. Jinja looks up the filters of the latter before it renders.
    private T Within<T>(bool conditional, Func<T> parse)
    {
        var outer = _stream.IsConditional;
        _stream.IsConditional = conditional;
        var parsed = parse();
        _stream.IsConditional = outer;
        return parsed;
    }

    private List<Statement> ScopedBlock(string end) => Within(conditional: false, () => LastBlock(end));

    private Statement Tag()
    {
        var token = _stream.Current.Kind == TokenKind.Name ? _stream.Take() : throw Fault.Syntax("tag name expected", _stream.Current.Line);
        var line = token.Line;
        switch (token.Text)
        {
            case "if":
                return Within(conditional: true, () => If(line));
            case "for":
                return For(line);
            case "set":
                return Set(line);
            case "with":
                return With(line);
            case "macro":
                return Macro(line);
            case "call":
                return Call(line);
            case "filter":
                var filter = Within(conditional: false, () => _expressions.Filters(new CollectedExpression(line), begins: true));
                return new FilterStatement(filter, ScopedBlock("endfilter"), line);
            case "generation":
                return new GenerationStatement(WithoutLoops(() => ScopedBlock("endgeneration")), line);
            case "print":
                var parts = new List<Expression> { _expressions.Parse() };
                while (_stream.TakeOperator(","))
                {
                    parts.Add(_expressions.Parse());
                }

                return new PrintStatement(new ConcatExpression(parts, line), line);
            case "break" or "continue":
                return _stream.Loops > 0
                    ? new JumpStatement(token.Text == "break" ? Flow.Break : Flow.Continue, line)
                    : throw Fault.Syntax($"'{token.Text}' outside loop", line);
            case "block" or "extends" or "include" or "import" or "from" or "autoescape":
                throw Fault.Unsupported($"the tag '{token.Text}'", line);
            default:
                throw Fault.Syntax($"Encountered unknown tag '{token.Text}'.", line);
        }
    }

    private IfStatement If(int line)
    {
        var branches = new List<KeyValuePair<Expression, IReadOnlyList<Statement>>>();
        while (true)
        {
            var condition = _expressions.Tuple(allowsConditional: false);
            branches.Add(new(condition, Block("elif", "else", "endif")));
            switch (_stream.Take().Text)
            {
                case "elif":
                    continue;
                case "else":
                    return new IfStatement(branches, LastBlock("endif"), line);
                default:
                    return new IfStatement(branches, [], line);
            }
        }
    }

    private ForStatement For(int line)
    {
        var target = Target("in");
        if (!_stream.TakeName("in"))
        {
            throw _stream.Unexpected("in");
        }

        var sequence = _expressions.Tuple(allowsConditional: false, end: "recursive");
        var condition = _stream.TakeName("if") ? Within(conditional: false, () => _expressions.Parse()) : null;
        var recursive = _stream.TakeName("recursive");
        _stream.Loops++;
        var body = Within(conditional: false, () => Block("endfor", "else"));
        _stream.Loops--;
        var otherwise = _stream.Take().Text == "else" ? ScopedBlock("endfor") : [];
        return new ForStatement(target, sequence, condition, recursive, body, otherwise, line);
    }

    private Statement Set(int line)
    {
        AssignmentTarget target;
        if (_stream.Next.IsOperator("."))
        {
            var name = _stream.ExpectName().Text;
            _stream.Take();
            target = new NamespaceTarget(name, _stream.ExpectName().Text);
        }
        else
        {
            target = Target(end: null);
        }

        if (_stream.TakeOperator("="))
        {
            return new SetStatement(target, _expressions.Tuple(), line);
        }

        var filter = _stream.Current.IsOperator("|") ? Within(conditional: false, () => _expressions.Filters(new CollectedExpression(line))) : null;
        return new SetBlockStatement(target, filter, ScopedBlock("endset"), line);
    }

    private WithStatement With(int line)
    {
        var assignments = new List<KeyValuePair<AssignmentTarget, Expression>>();
        while (_stream.Current.Kind != TokenKind.BlockEnd)
        {
            if (assignments.Count > 0)
            {
                _stream.ExpectOperator(",");
            }

            var target = SingleTarget();
            _stream.ExpectOperator("=");
            assignments.Add(new(target, _expressions.Parse()));
        }

        return new WithStatement(assignments, ScopedBlock("endwith"), line);
    }

    private MacroStatement Macro(int line)
    {
        var name = Assignable(_stream.ExpectName());
        var (parameters, defaults) = Signature();
        return new MacroStatement(Definition(name, parameters, defaults, "endmacro"), line);
    }

    private CallStatement Call(int line)
    {
        var (parameters, defaults) = _stream.Current.IsOperator("(") ? Signature() : ([], []);
        if (_expressions.Parse() is not CallExpression call)
        {
            throw Fault.Syntax("expected call", line);
        }

        return new CallStatement(call.Target, call.Arguments, Definition("caller", parameters, defaults, "endcall"), line);
    }

    private MacroDefinition Definition(string name, List<string> parameters, List<Expression> defaults, string end)
    {
        var uses = _stream.BeginMacro();
        var body = WithoutLoops(() => ScopedBlock(end));
        _stream.EndMacro();
        return new MacroDefinition(name, parameters, defaults, body, uses);
    }

    private (List<string> Parameters, List<Expression> Defaults) Signature()
    {
        var parameters = new List<string>();
        var defaults = new List<Expression>();
        _stream.ExpectOperator("(");
        while (!_stream.Current.IsOperator(")"))
        {
            if (parameters.Count > 0)
            {
                _stream.ExpectOperator(",");
            }

            var token = _stream.ExpectName();
            parameters.Add(Assignable(token));
            if (_stream.TakeOperator("="))
            {
                defaults.Add(_expressions.Parse());
            }
            else if (defaults.Count > 0)
            {
                throw Fault.Syntax("non-default argument follows default argument", token.Line);
            }
        }

        _stream.ExpectOperator(")");
        return (parameters, defaults);
    }

    private List<Statement> WithoutLoops(Func<List<Statement>> parse)
    {
        var loops = _stream.Loops;
        _stream.Loops = 0;
        var body = parse();
        _stream.Loops = loops;
        return body;
    }

    // One target, or several with commas between them and perhaps after them.
    private AssignmentTarget Target(string? end)
    {
        var targets = new List<AssignmentTarget> { SingleTarget() };
        var isTuple = false;
        while (_stream.TakeOperator(","))
        {
            isTuple = true;
            if (
                _stream.Current.Kind == TokenKind.BlockEnd
                || _stream.Current.IsOperator("=")
                || _stream.Current.IsOperator(")")
                || (end is not null && _stream.Current.IsName(end)))
            {
                break;
            }

            targets.Add(SingleTarget());
        }

        return isTuple ? new TupleTarget(targets) : targets[0];
    }

    private AssignmentTarget SingleTarget()
    {
        if (!_stream.TakeOperator("("))
        {
            return new NameTarget(Assignable(_stream.ExpectName()));
        }

        _stream.Enter();
        var target = Target(end: null);
        _stream.ExpectOperator(")");
        _stream.Leave();
        return target;
    }

    private static string Assignable(Token token) => token.Text is "true" or "True" or "false" or "False" or "none" or "None"
        ? throw Fault.Syntax("can't assign to 'const'", token.Line)
        : token.Text;
}
