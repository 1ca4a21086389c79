using System.CommandLine;
using System.Text.Json;
using AlignedProbing.Settings;

namespace AlignedProbing.Cli.Options;

/// <summary>Options from a JSON file: added after those of the command line, which win.</summary>
internal static class ConfigFile
{
    /// <summary>The arguments with those of the file named by <c>--config</c> added.</summary>
    /// <param name="arguments">The command line's, spelled as this program spells them.</param>
    /// <param name="known">The options of the verb.</param>
    /// <param name="workingFolder">Where a relative file name starts.</param>
    /// <exception cref="InputException">The file is absent, is no JSON object, or names an option that the verb does not have.</exception>
    public static IReadOnlyList<string> Expand(IReadOnlyList<string> arguments, IEnumerable<Option> known, string workingFolder)
    {
        var file = FileName(arguments);
        if (file is null)
        {
            return arguments;
        }

        var names = known.Select(option => option.Name).ToArray();
        var given = arguments.Select(argument => argument.Split('=')[0]).ToHashSet(StringComparer.Ordinal);
        var expanded = arguments.ToList();
        foreach (var (key, values) in Read(Path.Combine(workingFolder, file)))
        {
            var name = SettingCatalog.Spell("--" + key);
            if (!names.Contains(name))
            {
                var nearest = Nearest.To(name, names);
                throw new InputException(
                    "config-file",
                    $"reading options from '{file}'",
                    $"'{key}' is no option here",
                    nearest is null ? "Remove it; --help lists the options" : $"Did you mean '{nearest[2..]}'? --help lists the options");
            }

            if (!given.Contains(name) && !given.Contains("--no-" + name[2..]))
            {
                expanded.Add(name);
                expanded.AddRange(values);
            }
        }

        return expanded;
    }

    private static string? FileName(IReadOnlyList<string> arguments)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            if (arguments[i] == MachineSettings.Config.Name && i + 1 < arguments.Count)
            {
                return arguments[i + 1];
            }

            if (arguments[i].StartsWith(MachineSettings.Config.Name + "=", StringComparison.Ordinal))
            {
                return arguments[i][(MachineSettings.Config.Name.Length + 1)..];
            }
        }

        return null;
    }

    private static List<(string Key, IReadOnlyList<string> Values)> Read(string path)
    {
        try
        {
            using var document = ForeignJson.Parse(
                ForeignJson.Bytes(path, 1 << 20),
                new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new JsonException("it is no object");
            }

            return
            [
                .. document
                    .RootElement.EnumerateObject()
                    .Where(property => property.Value.ValueKind != JsonValueKind.Null)
                    .Select(property => (property.Name, Values(property.Value))),
            ];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new InputException(
                "config-file",
                $"reading options from '{path}'",
                error.Message.TrimEnd('.'),
                "Give a JSON object of options, such as {\"model\": \"my-model\", \"limit\": 200}",
                error);
        }

        static IReadOnlyList<string> Values(JsonElement element) => element.ValueKind switch
        {
            JsonValueKind.Array => [.. element.EnumerateArray().SelectMany(Values)],
            JsonValueKind.String => [element.GetString()!],
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => [element.GetRawText()],
            _ => throw new JsonException("values are texts, numbers, true, false, or lists of them"),
        };
    }
}
