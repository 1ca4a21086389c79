using AlignedProbing.ChatTemplates.Nodes;
using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Syntax;

/// <summary>
/// Parses expressions with Jinja2's precedence, from loose to tight: if-else, or, and, not, comparisons, + -, ~, * / // %, **, signs, filters and tests.
/// </summary>
internal sealed class ExpressionParser
{
    private readonly TokenStream _stream;
    private readonly OperandParser _operands;

    /// <summary>Creates a parser.</summary>
    public ExpressionParser(TokenStream stream)
    {
        _stream = stream;
        _operands = new OperandParser(stream, this);
    }

    /// <summary>An expression, perhaps with an inline if.</summary>
    public Expression Parse(bool allowsConditional = true)
    {
        _stream.Enter();
        var expression = allowsConditional ? Conditional() : Or();
        _stream.Leave();
        return expression;
    }

    /// <summary>An expression, or several separated by commas, which are a tuple.</summary>
    /// <param name="allowsConditional">Whether an inline if is allowed at the top.</param>
    /// <param name="end">A name that ends the tuple.</param>
    /// <param name="isParenthesised">Whether parentheses stand around it, so that it may be empty.</param>
    public Expression Tuple(bool allowsConditional = true, string? end = null, bool isParenthesised = false)
    {
        var line = _stream.Current.Line;
        var items = new List<Expression>();
        var isTuple = false;
        while (true)
        {
            if (items.Count > 0)
            {
                _stream.ExpectOperator(",");
            }

            if (
                _stream.Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd
                || _stream.Current.IsOperator(")")
                || (end is not null && _stream.Current.IsName(end)))
            {
                break;
            }

            items.Add(Parse(allowsConditional));
            if (!_stream.Current.IsOperator(","))
            {
                break;
            }

            isTuple = true;
        }

        if (!isTuple && items.Count > 0)
        {
            return items[0];
        }

        return items.Count == 0 && !isParenthesised
            ? throw Fault.Syntax($"Expected an expression, got '{_stream.Current.Describe()}'", line)
            : new SequenceExpression(SequenceKind.Tuple, items, line);
    }

    /// <inheritdoc cref="OperandParser.Filters"/>
    public Expression Filters(Expression value, bool begins = false) => _operands.Filters(value, begins);

    private Expression Conditional()
    {
        var unknown = _stream.Unknown;
        var value = Or();
        while (_stream.Current.IsName("if"))
        {
            var line = _stream.Take().Line;
            var condition = Or();
            value = new ConditionalExpression(condition, value, _stream.TakeName("else") ? Parse() : null, line);
            _stream.Condition(unknown);
        }

        return value;
    }

    private Expression Or()
    {
        var left = And();
        while (_stream.Current.IsName("or"))
        {
            var line = _stream.Take().Line;
            left = new LogicalExpression(isAnd: false, left, And(), line);
        }

        return left;
    }

    private Expression And()
    {
        var left = Not();
        while (_stream.Current.IsName("and"))
        {
            var line = _stream.Take().Line;
            left = new LogicalExpression(isAnd: true, left, Not(), line);
        }

        return left;
    }

    private Expression Not()
    {
        if (!_stream.Current.IsName("not"))
        {
            return Compare();
        }

        _stream.Enter();
        var line = _stream.Take().Line;
        var operand = Not();
        _stream.Leave();
        return new NotExpression(operand, line);
    }

    private Expression Compare()
    {
        var line = _stream.Current.Line;
        var first = Sum();
        var others = new List<KeyValuePair<string, Expression>>();
        while (true)
        {
            if (_stream.Current is { Kind: TokenKind.Operator, Text: "==" or "!=" or "<" or "<=" or ">" or ">=" })
            {
                var operation = _stream.Take().Text;
                others.Add(new(operation, Sum()));
            }
            else if (_stream.TakeName("in"))
            {
                others.Add(new("in", Sum()));
            }
            else if (_stream.Current.IsName("not") && _stream.Next.IsName("in"))
            {
                _stream.Take();
                _stream.Take();
                others.Add(new("not in", Sum()));
            }
            else
            {
                return others.Count == 0 ? first : new CompareExpression(first, others, line);
            }
        }
    }

    private Expression Sum() => Chain(Concat, "+", "-");

    private Expression Concat()
    {
        var line = _stream.Current.Line;
        var parts = new List<Expression> { Product() };
        while (_stream.TakeOperator("~"))
        {
            parts.Add(Product());
        }

        return parts.Count == 1 ? parts[0] : new ConcatExpression(parts, line);
    }

    private Expression Product() => Chain(Power, "*", "/", "//", "%");

    private Expression Power() => Chain(() => _operands.Unary(withFilters: true), "**");

    private Expression Chain(Func<Expression> operand, params ReadOnlySpan<string> operators)
    {
        var left = operand();
        while (_stream.Current.Kind == TokenKind.Operator && operators.Contains(_stream.Current.Text))
        {
            var token = _stream.Take();
            left = new BinaryExpression(token.Text, left, operand(), token.Line);
        }

        return left;
    }
}
