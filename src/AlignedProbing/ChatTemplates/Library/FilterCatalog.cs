using System.Diagnostics.CodeAnalysis;
using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Library;

/// <summary>A filter: value, arguments -> value.</summary>
internal delegate Value Filter(Value value, NamedCall call, Rendering rendering);

/// <summary>A test: value, arguments -> whether it holds.</summary>
internal delegate bool Test(Value value, NamedCall call, Rendering rendering);

/// <summary>Arguments with the name of what gets them.</summary>
internal readonly record struct NamedCall(string Name, CallArguments Arguments)
{
    /// <inheritdoc cref="CallArguments.Bind"/>
    public Value?[] Bind(int required, params ReadOnlySpan<string> parameters) => Arguments.Bind(Name, required, parameters);
}

/// <summary>Jinja2's filters by name.</summary>
internal static class FilterCatalog
{
    private static readonly Dictionary<string, Filter> Filters = Make();
    private static readonly HashSet<string> Unsupported = ["filesizeformat", "pprint", "random", "striptags", "urlize", "wordwrap", "xmlattr"];

    /// <summary>Finds a filter.</summary>
    public static bool TryFind(string name, [NotNullWhen(true)] out Filter? filter) => Filters.TryGetValue(name, out filter);

    /// <summary>Whether Jinja2 has a filter of this name that is not here.</summary>
    public static bool IsUnsupported(string name) => Unsupported.Contains(name);

    /// <summary>What stands in for a filter that is not here: an error when it is reached.</summary>
    public static Filter Absent(string name) => (_, _, _) => throw (IsUnsupported(name)
        ? Fault.Unsupported($"the filter '{name}'")
        : Fault.Runtime("TemplateRuntimeError", $"No filter named '{name}' found."));

    /// <summary>Finds a filter named while rendering, as in <c>map('upper')</c>.</summary>
    public static Filter Find(string name) => TryFind(name, out var filter) ? filter
        : IsUnsupported(name) ? throw Fault.Unsupported($"the filter '{name}'")
        : throw Fault.Runtime("TemplateRuntimeError", $"No filter named '{name}'.");

    private static Dictionary<string, Filter> Make()
    {
        var filters = new Dictionary<string, Filter>(StringComparer.Ordinal);
        TextFilters.AddTo(filters);
        NumberFilters.AddTo(filters);
        SequenceFilters.AddTo(filters);
        SelectionFilters.AddTo(filters);
        OrderFilters.AddTo(filters);
        filters.Add("tojson", Json.Filter);
        return filters;
    }
}
