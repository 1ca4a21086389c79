namespace AlignedProbing.Torch.Running;

/// <summary>Faults of a plan. One is told as it is; several are told together.</summary>
internal sealed class PlanFaults
{
    private readonly List<InputException> _faults = [];

    /// <summary>Does something, and keeps its fault.</summary>
    public T? Try<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (InputException error)
        {
            _faults.Add(error);
            return default;
        }
    }

    /// <summary>Does something, and keeps its fault.</summary>
    public async Task TryAsync(Func<Task> act)
    {
        try
        {
            await act().ConfigureAwait(false);
        }
        catch (InputException error)
        {
            _faults.Add(error);
        }
    }

    /// <summary>Throws where there is a fault.</summary>
    public void ThrowIfAny()
    {
        if (_faults.Count == 1)
        {
            throw _faults[0];
        }

        if (_faults.Count > 1)
        {
            throw new InputException(
                "several-faults",
                "planning the run",
                $"{_faults.Count} things cannot be used:\n  " + string.Join("\n  ", _faults.Select(fault => $"{fault.Message} (docs/errors/{fault.Code}.md)")),
                "Nothing was started. Correct them and run the same command again",
                _faults[0]);
        }
    }
}
