namespace AlignedProbing.Studies;

/// <summary>What is wrong with a study file, told all at once.</summary>
internal sealed class StudyFileFaults(string path)
{
    private const int Most = 20;
    private readonly List<(int Line, string Message)> _faults = [];

    /// <summary>Notes a fault.</summary>
    /// <param name="line">Its line, from 1.</param>
    /// <param name="message">What is wrong, and what to write instead.</param>
    public void Add(long line, string message) => _faults.Add(((int)line, message));

    /// <summary>Throws where there is a fault.</summary>
    /// <exception cref="InputException"><c>study-file</c>.</exception>
    public void ThrowIfAny()
    {
        if (_faults.Count == 0)
        {
            return;
        }

        string[] lines = [.. _faults.OrderBy(fault => fault.Line).Select(fault => $"line {fault.Line}: {fault.Message}").Distinct()];
        var more = lines.Length > Most ? $"\n  and {lines.Length - Most} more" : "";
        throw new InputException(
            "study-file",
            $"reading the study '{path}'",
            lines.Length == 1 ? lines[0] : $"{lines.Length} things are wrong:\n  " + string.Join("\n  ", lines.Take(Most)) + more,
            "Nothing was started. Correct the file and run the same command again");
    }
}
