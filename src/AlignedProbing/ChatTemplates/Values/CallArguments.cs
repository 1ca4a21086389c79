namespace AlignedProbing.ChatTemplates.Values;

/// <summary>The arguments of a call.</summary>
/// <param name="Positional">Those without a name.</param>
/// <param name="Named">Those with one, in order.</param>
internal sealed record CallArguments(IReadOnlyList<Value> Positional, IReadOnlyList<KeyValuePair<string, Value>> Named)
{
    /// <summary>None.</summary>
    public static CallArguments None { get; } = new([], []);

    /// <summary>The arguments in the order of a function's parameters; null for those not given.</summary>
    /// <param name="function">The function's name, for messages.</param>
    /// <param name="required">How many of the parameters must be given.</param>
    /// <param name="parameters">Names of the parameters.</param>
    /// <exception cref="ChatTemplateException">There are too many or too few, or a name is unknown.</exception>
    public Value?[] Bind(string function, int required, params ReadOnlySpan<string> parameters)
    {
        if (Positional.Count > parameters.Length)
        {
            throw Fault.Type($"{function}() takes at most {parameters.Length} arguments ({Positional.Count} given)");
        }

        var bound = new Value?[parameters.Length];
        for (var index = 0; index < Positional.Count; index++)
        {
            bound[index] = Positional[index];
        }

        foreach (var (name, value) in Named)
        {
            var index = parameters.IndexOf(name);
            if (index < 0)
            {
                throw Fault.Type($"{function}() got an unexpected keyword argument '{name}'");
            }

            if (bound[index] is not null)
            {
                throw Fault.Type($"{function}() got multiple values for argument '{name}'");
            }

            bound[index] = value;
        }

        for (var index = 0; index < required; index++)
        {
            if (bound[index] is null)
            {
                throw Fault.Type($"{function}() missing required argument '{parameters[index]}'");
            }
        }

        return bound;
    }
}
