using System.Text.RegularExpressions;

namespace AlignedProbing.Cli;

/// <summary>The command as the person who runs it has to type it: installed, through <c>dotnet run</c> in a clone, or by the path of its file.</summary>
internal static partial class TypedCommand
{
    /// <summary>Its name where it is installed, and in every text of the program.</summary>
    public const string Name = "aligned-probing";

    private const string Project = "src/AlignedProbing.Cli";

    /// <summary>What has to be typed.</summary>
    /// <param name="processPath">The file that runs; null where the system does not say.</param>
    /// <param name="workingFolder">Where it was typed.</param>
    /// <param name="variable">The environment: <c>PATH</c>, and what <c>dotnet run</c> leaves there.</param>
    public static string Of(string? processPath, string workingFolder, Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        if (processPath is null || Path.GetFileNameWithoutExtension(processPath) != Name)
        {
            return Name;
        }

        var folder = Path.GetDirectoryName(processPath)!;
        var onPath = (variable("PATH") ?? "").Split(Path.PathSeparator).Any(entry => entry.Length > 0 && Same(entry, folder));
        return onPath ? Name
            : variable("MSBUILDFAILONDRIVEENUMERATINGWILDCARD") is not null && CloneOf(folder) is { } clone
                ? $"dotnet run -c Release --project {Relative(Path.Combine(clone, Project), workingFolder)} --"
            : Relative(processPath, workingFolder);
    }

    /// <summary>A text in which the command is named as it has to be typed.</summary>
    /// <param name="text">A text of the program, in which it is called <see cref="Name"/>.</param>
    /// <param name="typed">What has to be typed.</param>
    public static string In(string text, string typed) => typed == Name ? text : Command().Replace(text, typed.Replace("$", "$$", StringComparison.Ordinal));

    private static bool Same(string left, string right) =>
        Path.TrimEndingDirectorySeparator(left) == Path.TrimEndingDirectorySeparator(right);

    // dotnet run builds into the clone's own folder of artefacts.
    private static string? CloneOf(string folder)
    {
        for (var parent = new DirectoryInfo(folder); parent is not null; parent = parent.Parent)
        {
            if (File.Exists(Path.Combine(parent.FullName, Project, "AlignedProbing.Cli.csproj")))
            {
                return parent.FullName;
            }
        }

        return null;
    }

    private static string Relative(string path, string workingFolder)
    {
        var relative = Path.GetRelativePath(workingFolder, path);
        var shown = relative.StartsWith("..", StringComparison.Ordinal) ? path : relative.Contains('/', StringComparison.Ordinal) ? relative : "./" + relative;
        return shown.Contains(' ', StringComparison.Ordinal) ? $"\"{shown}\"" : shown;
    }

    // The command with what follows it; "aligned-probing: there is no ..." is the program speaking, and stays.
    [GeneratedRegex(@"(?<![\w/.-])aligned-probing(?= +(?:[a-z]|--|\[|<))", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Command();
}
