namespace AlignedProbing.Settings;

/// <summary>An option as it was typed: its value where it was given, and what holds where it was not.</summary>
/// <typeparam name="T">The type of its values.</typeparam>
/// <param name="IsGiven">Whether the command line or a config file has it.</param>
/// <param name="Given">Its value there.</param>
/// <param name="Preset">The declaration's value.</param>
public readonly record struct Asked<T>(bool IsGiven, T Given, T Preset)
{
    /// <summary>The value, where nothing is stored that could answer.</summary>
    public T Value => Over<object>(stored: null, _ => throw new InvalidOperationException("Nothing is stored."));

    /// <summary>The value: what was given, over what is stored, over the declaration's own. This is the only place where that is decided.</summary>
    /// <param name="stored">What was asked before; null for nothing.</param>
    /// <param name="field">The option's value in it.</param>
    public T Over<TStored>(TStored? stored, Func<TStored, T> field)
        where TStored : class
    {
        ArgumentNullException.ThrowIfNull(field);
        return IsGiven ? Given : stored is not null ? field(stored) : Preset;
    }
}
