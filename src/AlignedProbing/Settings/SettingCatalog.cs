namespace AlignedProbing.Settings;

/// <summary>Every option there is, and what follows from the declarations together.</summary>
public static class SettingCatalog
{
    /// <summary>Every declaration. Verbs that give a name another meaning have a declaration each.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        .. ModelSettings.All, .. PromptSettings.All, .. ContinuationSettings.All, .. ScoringSettings.All, .. ProbeSettings.All, .. FindingSettings.All,
        .. InterplaySettings.All, .. StudySettings.All, .. InterventionSettings.All, .. ClusterSettings.All,
        .. MachineSettings.All,
    ];

    private static readonly Dictionary<string, string> Aliases =
        All.SelectMany(setting => setting.Aliases.Select(alias => (alias, setting.Name))).Distinct().ToDictionary(StringComparer.Ordinal);

    private static readonly Dictionary<string, string> ByField =
        All.Where(setting => setting.Field is not null)
            .Select(setting => (setting.Field!, setting.Name))
            .Distinct()
            .ToDictionary(StringComparer.Ordinal);

    /// <summary>An argument as this program spells it: <c>--model_name=x</c> becomes <c>--model=x</c>. What is no option stays as it is.</summary>
    public static string Spell(string argument)
    {
        ArgumentNullException.ThrowIfNull(argument);
        if (!argument.StartsWith("--", StringComparison.Ordinal) || argument.Length == 2)
        {
            return argument;
        }

        var end = argument.IndexOf('=', StringComparison.Ordinal);
        var name = (end < 0 ? argument : argument[..end]).Replace('_', '-');
        return Aliases.GetValueOrDefault(name, name) + (end < 0 ? "" : argument[end..]);
    }

    /// <summary>The option that a field of the manifest or of a stage's options comes from; null where none does.</summary>
    /// <param name="field">For example <c>encoding.top_p</c>.</param>
    public static string? OptionOf(string field)
    {
        ArgumentNullException.ThrowIfNull(field);
        // A field of several parts, such as the variables of a chat template, is one option.
        return ByField.GetValueOrDefault(field)
            ?? (field.LastIndexOf('.') is var end and > 0 && ByField.TryGetValue(field[..end], out var name) ? $"{name} {field[(end + 1)..]}" : null);
    }
}
