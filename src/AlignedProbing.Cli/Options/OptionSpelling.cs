namespace AlignedProbing.Cli.Options;

/// <summary>Other spellings of options: with underscores, and as the scripts of the paper name them.</summary>
internal static class OptionSpelling
{
    private static readonly Dictionary<string, string> OfThePaper = new(StringComparer.Ordinal)
    {
        ["--model-name"] = "--model",
        ["--model-precision"] = "--precision",
        ["--encoding-batch-size"] = "--batch-size",
        ["--template-index"] = "--template",
        ["--scorers"] = "--scorer",
        ["--probes"] = "--probe",
        ["--attribute"] = "--attributes",
        ["--layer"] = "--layers",
    };

    /// <summary>The option as this program spells it: <c>--model_name</c> becomes <c>--model</c>. What is no option stays as it is.</summary>
    public static string Normalise(string argument)
    {
        if (!argument.StartsWith("--", StringComparison.Ordinal) || argument.Length == 2)
        {
            return argument;
        }

        var end = argument.IndexOf('=', StringComparison.Ordinal);
        var name = (end < 0 ? argument : argument[..end]).Replace('_', '-');
        return OfThePaper.GetValueOrDefault(name, name) + (end < 0 ? "" : argument[end..]);
    }
}
