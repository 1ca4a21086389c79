namespace AlignedProbing.Settings;

/// <summary>What is wrong with the options, told all at once before anything starts.</summary>
public sealed class SettingFaults
{
    private readonly List<string> _faults = [];

    /// <summary>Whether there is one.</summary>
    public bool Any => _faults.Count > 0;

    /// <summary>Adds a fault.</summary>
    /// <param name="fault">The option, what is wrong, and what to write instead.</param>
    public void Add(string fault) => _faults.Add(fault);

    /// <summary>Adds a fault unless something holds.</summary>
    public void Require(bool holds, string fault)
    {
        if (!holds)
        {
            Add(fault);
        }
    }

    /// <summary>Throws where there is a fault.</summary>
    /// <exception cref="InputException"><c>wrong-usage</c>, with every fault.</exception>
    public void ThrowIfAny()
    {
        if (Any)
        {
            throw new InputException(
                "wrong-usage",
                "reading the options",
                _faults.Count == 1 ? _faults[0] : $"{_faults.Count} are wrong:\n  " + string.Join("\n  ", _faults),
                "Nothing was started; --help shows every option with its default");
        }
    }
}
