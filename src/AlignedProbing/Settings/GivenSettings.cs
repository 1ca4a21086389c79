namespace AlignedProbing.Settings;

/// <summary>The options as they were typed, each read once into its type. What was left out is not among them.</summary>
public sealed class GivenSettings
{
    private readonly Dictionary<string, object?> _values;
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    private readonly Dictionary<string, IReadOnlyList<string>> _texts;

    private GivenSettings(Dictionary<string, object?> values, Dictionary<string, IReadOnlyList<string>> texts, SettingFaults faults) =>
        (_values, _texts, Faults) = (values, texts, faults);

    /// <summary>What is wrong with them. Whoever reads them adds what is wrong between them, so that everything is told at once.</summary>
    public SettingFaults Faults { get; }

    /// <summary>Names of the options that were given.</summary>
    public IReadOnlyCollection<string> Names => _values.Keys;

    /// <summary>Names of the options that somebody has asked for; a test holds them to what a verb says it uses.</summary>
    public IReadOnlyCollection<string> Read => _read;

    /// <summary>Reads options. Those whose values cannot be used are among the <see cref="Faults"/>, and otherwise as if left out.</summary>
    /// <param name="texts">Each option that was given, with its values as text.</param>
    public static GivenSettings Parse(IEnumerable<(Setting Setting, IReadOnlyList<string> Texts)> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var (values, faults) = (new Dictionary<string, object?>(StringComparer.Ordinal), new SettingFaults());
        var words = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var (setting, given) in texts)
        {
            try
            {
                values[setting.Name] = setting.Parse(given);
                words[setting.Name] = given;
            }
            catch (FormatException error)
            {
                faults.Add($"{setting.Name} {string.Join(' ', given)}: {error.Message}");
            }
        }

        return new GivenSettings(values, words, faults);
    }

    /// <summary>An option: its value where it was given, and the declaration's own.</summary>
    public Asked<T> Of<T>(Setting<T> setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        _read.Add(setting.Name);
        return _values.TryGetValue(setting.Name, out var value) ? new Asked<T>(true, (T)value!, setting.Preset) : new Asked<T>(false, default!, setting.Preset);
    }

    /// <summary>An option's value, where nothing stored could answer.</summary>
    public T Value<T>(Setting<T> setting) => Of(setting).Value;

    /// <summary>An option as it was typed, with its values; nothing where it was not given. A flag that is turned off is typed so.</summary>
    public IReadOnlyList<string> Typed(Setting setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return !_texts.TryGetValue(setting.Name, out var texts) ? []
            : setting.IsFlag ? [texts is ["false"] ? setting.Negation : setting.Name]
            : [setting.Name, .. texts];
    }

    /// <summary>Whether an option was given.</summary>
    public bool Has(Setting setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return _values.ContainsKey(setting.Name);
    }
}
