using System.Globalization;
using AlignedProbing.ChatTemplates.Library;
using AlignedProbing.ChatTemplates.Nodes;
using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Syntax;

/// <summary>Parses operands: literals, names, parentheses, and after them attributes, subscripts, calls, filters and tests.</summary>
internal sealed class OperandParser(TokenStream stream, ExpressionParser expressions)
{
    /// <summary>Filters after a value.</summary>
    /// <param name="value">What is filtered.</param>
    /// <param name="begins">Whether the first filter's name comes without a bar.</param>
    public Expression Filters(Expression value, bool begins = false)
    {
        while (begins || stream.TakeOperator("|"))
        {
            begins = false;
            var line = stream.Current.Line;
            var name = DottedName();
            if (!FilterCatalog.TryFind(name, out var filter))
            {
                if (!FilterCatalog.IsUnsupported(name))
                {
                    stream.NoteUnknown(Fault.Assertion($"No filter named '{name}'.", line));
                }

                filter = FilterCatalog.Absent(name);
            }

            value = new FilterExpression(value, name, filter, stream.Current.IsOperator("(") ? CallArgumentList() : ArgumentList.Empty, line);
        }

        return value;
    }

    /// <summary>An operand with its signs and what stands after it.</summary>
    /// <param name="withFilters">Whether filters and tests belong to it; after a sign they belong to the whole.</param>
    public Expression Unary(bool withFilters)
    {
        stream.Enter();
        Expression expression;
        if (stream.Current is { Kind: TokenKind.Operator, Text: "-" or "+" })
        {
            var token = stream.Take();
            expression = new SignExpression(token.Text == "-", Unary(withFilters: false), token.Line);
        }
        else
        {
            expression = Primary();
        }

        expression = Postfix(expression);
        expression = withFilters ? FiltersAndTests(expression) : expression;
        stream.Leave();
        return expression;
    }

    private Expression Primary()
    {
        var token = stream.Take();
        switch (token.Kind)
        {
            case TokenKind.Name:
                stream.Use(token.Text);
                return token.Text switch
                {
                    "true" or "True" => new LiteralExpression(true, token.Line),
                    "false" or "False" => new LiteralExpression(false, token.Line),
                    "none" or "None" => new LiteralExpression(NoneValue.Instance, token.Line),
                    _ => new NameExpression(token.Text, token.Line),
                };
            case TokenKind.Text:
                var parts = new List<string> { token.Text };
                while (stream.Current.Kind == TokenKind.Text)
                {
                    parts.Add(stream.Take().Text);
                }

                return new LiteralExpression(string.Concat(parts), token.Line);
            case TokenKind.Integer:
                return new LiteralExpression(Integer(token), token.Line);
            case TokenKind.Float:
                return new LiteralExpression(new FloatValue(double.Parse(token.Text, CultureInfo.InvariantCulture)), token.Line);
            case TokenKind.Operator when token.Text == "(":
                var inner = expressions.Tuple(isParenthesised: true);
                stream.ExpectOperator(")");
                return inner;
            case TokenKind.Operator when token.Text == "[":
                return List(token.Line);
            case TokenKind.Operator when token.Text == "{":
                return Dict(token.Line);
            default:
                throw Fault.Syntax($"unexpected '{token.Describe()}'", token.Line);
        }
    }

    private static IntegerValue Integer(Token token)
    {
        var text = token.Text.Replace("_", "", StringComparison.Ordinal);
        var parsed = text switch
        {
            ['0', 'x' or 'X', .. var digits] => long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
            && number >= 0
                ? number
                : -1,
            ['0', 'b' or 'B', .. var digits] => long.TryParse(digits, NumberStyles.AllowBinarySpecifier, CultureInfo.InvariantCulture, out var number)
            && number >= 0
                ? number
                : -1,
            ['0', 'o' or 'O', .. var digits] when digits.Length is > 0 and < 21 && digits.All(digit => digit is >= '0' and <= '7') => digits.Aggregate(
                0L,
                (number, digit) => (number * 8) + (digit - '0')),
            _ => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1,
        };
        return parsed >= 0
            ? new IntegerValue(parsed)
            : throw new ChatTemplateException(ChatTemplateFault.Limit, "LimitExceeded", $"the whole number {token.Text} does not fit 64 bits", token.Line);
    }

    private SequenceExpression List(int line)
    {
        var items = new List<Expression>();
        while (!stream.Current.IsOperator("]"))
        {
            if (items.Count > 0)
            {
                stream.ExpectOperator(",");
            }

            if (!stream.Current.IsOperator("]"))
            {
                items.Add(expressions.Parse());
            }
        }

        stream.ExpectOperator("]");
        return new SequenceExpression(SequenceKind.List, items, line);
    }

    private DictExpression Dict(int line)
    {
        var entries = new List<KeyValuePair<Expression, Expression>>();
        while (!stream.Current.IsOperator("}"))
        {
            if (entries.Count > 0)
            {
                stream.ExpectOperator(",");
            }

            if (!stream.Current.IsOperator("}"))
            {
                var key = expressions.Parse();
                stream.ExpectOperator(":");
                entries.Add(new(key, expressions.Parse()));
            }
        }

        stream.ExpectOperator("}");
        return new DictExpression(entries, line);
    }

    private Expression Postfix(Expression expression)
    {
        while (true)
        {
            var line = stream.Current.Line;
            if (stream.TakeOperator("."))
            {
                var token = stream.Take();
                expression = token.Kind switch
                {
                    TokenKind.Name => new AttributeExpression(expression, token.Text, line),
                    TokenKind.Integer => new ElementExpression(expression, new LiteralExpression(Integer(token), line), line),
                    _ => throw Fault.Syntax("expected name or number", line),
                };
            }
            else if (stream.TakeOperator("["))
            {
                expression = new ElementExpression(expression, Subscript(line), line);
            }
            else if (stream.Current.IsOperator("("))
            {
                expression = new CallExpression(expression, CallArgumentList(), line);
            }
            else
            {
                return expression;
            }
        }
    }

    private Expression Subscript(int line)
    {
        var parts = new List<Expression>();
        do
        {
            if (parts.Count > 0 && stream.Current.IsOperator("]"))
            {
                break;
            }

            parts.Add(SubscriptPart());
        }
        while (stream.TakeOperator(","));

        stream.ExpectOperator("]");
        return parts.Count == 1 ? parts[0] : new SequenceExpression(SequenceKind.Tuple, parts, line);
    }

    private Expression SubscriptPart()
    {
        var line = stream.Current.Line;
        var bounds = new Expression?[3];
        var count = 0;
        while (true)
        {
            if (!stream.Current.IsOperator(":") && !stream.Current.IsOperator("]") && !stream.Current.IsOperator(","))
            {
                bounds[count] = expressions.Parse();
            }

            if (count == 2 || !stream.TakeOperator(":"))
            {
                break;
            }

            count++;
        }

        return count == 0
            ? bounds[0] ?? throw stream.Unexpected("expression")
            : new SliceExpression(bounds[0], bounds[1], bounds[2], line);
    }

    private Expression FiltersAndTests(Expression expression)
    {
        while (true)
        {
            if (stream.Current.IsOperator("|"))
            {
                expression = Filters(expression);
            }
            else if (stream.Current.IsName("is"))
            {
                expression = Test(expression);
            }
            else if (stream.Current.IsOperator("("))
            {
                var line = stream.Current.Line;
                expression = new CallExpression(expression, CallArgumentList(), line);
            }
            else
            {
                return expression;
            }
        }
    }

    private Expression Test(Expression expression)
    {
        var line = stream.Take().Line;
        var negated = stream.TakeName("not");
        var name = DottedName();
        if (!TestCatalog.TryFind(name, out var test))
        {
            stream.NoteUnknown(Fault.Assertion($"No test named '{name}'.", line));
            test = TestCatalog.Absent(name);
        }

        var arguments = ArgumentList.Empty;
        if (stream.Current.IsOperator("("))
        {
            arguments = CallArgumentList();
        }
        else if (
            stream.Current.Kind is TokenKind.Name or TokenKind.Text or TokenKind.Integer or TokenKind.Float
            || stream.Current.IsOperator("[")
            || stream.Current.IsOperator("{"))
        {
            if (stream.Current.IsName("is"))
            {
                throw Fault.Syntax("You cannot chain multiple tests with is", line);
            }

            if (!(stream.Current.IsName("else") || stream.Current.IsName("or") || stream.Current.IsName("and")))
            {
                arguments = ArgumentList.Empty with { Positional = [Postfix(Primary())] };
            }
        }

        Expression result = new TestExpression(expression, name, test, arguments, line);
        return negated ? new NotExpression(result, line) : result;
    }

    private string DottedName()
    {
        var names = new List<string> { stream.ExpectName().Text };
        while (stream.TakeOperator("."))
        {
            names.Add(stream.ExpectName().Text);
        }

        return string.Join('.', names);
    }

    private ArgumentList CallArgumentList()
    {
        stream.ExpectOperator("(");
        var positional = new List<Expression>();
        var named = new List<KeyValuePair<string, Expression>>();
        Expression? spread = null;
        Expression? spreadNamed = null;
        var first = true;
        while (!stream.Current.IsOperator(")"))
        {
            if (!first)
            {
                stream.ExpectOperator(",");
                if (stream.Current.IsOperator(")"))
                {
                    break;
                }
            }

            first = false;
            var line = stream.Current.Line;
            if (spread is null && spreadNamed is null && stream.TakeOperator("*"))
            {
                spread = expressions.Parse();
            }
            else if (spreadNamed is null && stream.TakeOperator("**"))
            {
                spreadNamed = expressions.Parse();
            }
            else if (stream.Current.Kind == TokenKind.Name && stream.Next.IsOperator("=") && spreadNamed is null)
            {
                var name = stream.Take().Text;
                stream.Take();
                named.Add(new(name, expressions.Parse()));
            }
            else
            {
                positional.Add(named.Count == 0 && spread is null && spreadNamed is null
                    ? expressions.Parse()
                    : throw Fault.Syntax("invalid syntax for function call expression", line));
            }
        }

        stream.ExpectOperator(")");
        return new ArgumentList(positional, named, spread, spreadNamed);
    }
}
