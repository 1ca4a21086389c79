namespace AlignedProbing.ChatTemplates.Values;

/// <summary>A function or bound method.</summary>
internal sealed class CallableValue(string name, Func<CallArguments, Rendering, Value> body) : Value
{
    /// <summary>Its name.</summary>
    public string Name => name;

    public override string TypeName => "function";

    /// <summary>Calls it.</summary>
    public Value Call(CallArguments arguments, Rendering rendering) => body(arguments, rendering);
}
