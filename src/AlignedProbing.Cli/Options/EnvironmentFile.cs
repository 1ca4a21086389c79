namespace AlignedProbing.Cli.Options;

/// <summary>Reads <c>.env</c> in the working folder: lines NAME=VALUE as the paper's scripts use. The process's own environment wins.</summary>
internal static class EnvironmentFile
{
    /// <summary>A look-up that asks the environment first, then the file.</summary>
    public static Func<string, string?> Over(Func<string, string?> environment, string workingFolder)
    {
        return Read(workingFolder) is { } values ? name => environment(name) ?? values.GetValueOrDefault(name) : environment;
    }

    /// <summary>The names in the file, in order; null where there is no such file.</summary>
    public static IReadOnlyList<string>? Names(string workingFolder) => Read(workingFolder) is { } values ? [.. values.Keys] : null;

    private static Dictionary<string, string>? Read(string workingFolder)
    {
        var path = Path.Combine(workingFolder, ".env");
        if (!File.Exists(path))
        {
            return null;
        }

        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var raw in File.ReadLines(path))
        {
            var line = raw.Trim();
            line = line.StartsWith("export ", StringComparison.Ordinal) ? line[7..].TrimStart() : line;
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && line[0] != '#')
            {
                values[line[..equals].TrimEnd()] = Unquote(line[(equals + 1)..].Trim());
            }
        }

        return values;
    }

    private static string Unquote(string value) =>
        value.Length >= 2 && value[0] == value[^1] && value[0] is '"' or '\'' ? value[1..^1] : value;
}
