using System.Text.Json;

namespace AlignedProbing.Prompts;

/// <summary>Reads a template of the user's own: a JSON file <c>{"system": "...", "user": "...{prompt}..."}</c>, system being optional.</summary>
public static class PromptTemplateFile
{
    private const int MaxBytes = 1 << 20;

    /// <summary>The built-in templates and after them the file's, which so has the number 5.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">It cannot be read, or is not a template; every fault is named.</exception>
    public static IReadOnlyList<PromptTemplate> AddTo(string path) => [.. PromptTemplate.BuiltIn, Read(path)];

    /// <summary>Reads a template.</summary>
    /// <exception cref="InputException">It cannot be read, or is not a template; every fault is named.</exception>
    public static PromptTemplate Read(string path)
    {
        string? system = null;
        string? user = null;
        var faults = new List<string>();
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
            {
                throw Unusable(path, "it is larger than 1 MiB");
            }

            using var document = ForeignJson.Parse(File.ReadAllBytes(path));
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw Unusable(path, "it is not a JSON object");
            }

            foreach (var property in document.RootElement.EnumerateObject())
            {
                switch (property.Name)
                {
                    case "system":
                        system = Text(property, faults);
                        break;
                    case "user":
                        user = Text(property, faults);
                        break;
                    default:
                        faults.Add($"'{property.Name}' is neither system nor user");
                        break;
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unusable(path, File.Exists(path) ? error.Message : "there is no such file", error);
        }
        catch (JsonException error)
        {
            throw Unusable(path, $"it is not JSON ({error.Message})", error);
        }

        var places = (user ?? "").Split(PromptTemplate.Placeholder).Length - 1;
        if (places != 1)
        {
            faults.Add($"user holds {PromptTemplate.Placeholder} {places} times");
        }

        if (system?.Contains(PromptTemplate.Placeholder, StringComparison.Ordinal) == true)
        {
            faults.Add($"system holds {PromptTemplate.Placeholder}");
        }

        return faults.Count == 0 ? new PromptTemplate(string.IsNullOrEmpty(system) ? null : system, user!) : throw Unusable(path, string.Join("; ", faults));
    }

    private static string? Text(JsonProperty property, List<string> faults)
    {
        switch (property.Value.ValueKind)
        {
            case JsonValueKind.String:
                return property.Value.GetString();
            case JsonValueKind.Null:
                return null;
            default:
                faults.Add($"{property.Name} is not a text");
                return null;
        }
    }

    private static InputException Unusable(string path, string found, Exception? inner = null) => new(
        "template-file",
        $"reading a prompt template from '{path}'",
        found,
        "Write for example {\"system\": \"Complete the text.\", \"user\": \"Text: {prompt}\"}, with {prompt} once",
        inner);
}
