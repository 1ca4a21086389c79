using System.Text.Json;
using System.Text.RegularExpressions;

namespace AlignedProbing.Settings;

/// <summary>Variables of chat templates as people write them: <c>enable_thinking=false</c>.</summary>
internal static partial class ChatVariables
{
    // What every template is given; another value would be another conversation.
    private static readonly string[] Taken = ["messages", "add_generation_prompt"];

    /// <summary>Reads them; in the order of their names, so that the order of the command line is none of the run's identity.</summary>
    /// <exception cref="FormatException">One is none, or stands twice.</exception>
    public static IReadOnlyDictionary<string, JsonElement> Read(IReadOnlyList<string> texts)
    {
        var variables = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? text : text[..equals].Trim();
            if (equals < 0 || !Name().IsMatch(name))
            {
                throw new FormatException($"write NAME=JSON, such as enable_thinking=false, in the place of '{text}'");
            }

            if (Taken.Contains(name))
            {
                throw new FormatException($"{name} is the program's to set");
            }

            if (!variables.TryAdd(name, Value(name, text[(equals + 1)..])))
            {
                throw new FormatException($"{name} is given twice");
            }
        }

        return variables;
    }

    private static JsonElement Value(string name, string json)
    {
        try
        {
            using var document = ForeignJson.Parse(json);
            return document.RootElement.Clone();
        }
        catch (JsonException error)
        {
            var meant = json.Trim() switch
            {
                "True" => "true",
                "False" => "false",
                "None" => "null",
                _ => "a text as \"text\", in quotes",
            };
            throw new FormatException($"'{json}' of {name} is no JSON: write {meant}", error);
        }
    }

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex Name();
}
