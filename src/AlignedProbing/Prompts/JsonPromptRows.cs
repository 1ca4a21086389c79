using System.Text.Json;
using AlignedProbing.Runs;

namespace AlignedProbing.Prompts;

/// <summary>Reads a line of JSON: RealToxicityPrompts' nested form, its continuation an object, a text or a list of these, or the flat form.</summary>
internal static class JsonPromptRows
{
    /// <summary>Reads a line.</summary>
    /// <exception cref="BrokenRowException">It cannot be used.</exception>
    public static PromptRow Read(ReadOnlyMemory<byte> line, PromptSetOptions options)
    {
        try
        {
            using var document = ForeignJson.Parse(line);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw new BrokenRowException(PromptProblemReason.NotJson, "the line is JSON, but not an object");
            }

            return options.NamesFields ? NamedPromptRows.Read(root, options)
                : root.TryGetProperty("prompt", out var prompt) ? Nested(root, prompt)
                : Flat(root);
        }
        catch (JsonTextException error)
        {
            throw new BrokenRowException(PromptProblemReason.InvalidUnicode, error.Message);
        }
        catch (JsonException error)
        {
            throw new BrokenRowException(PromptProblemReason.NotJson, $"the line is not JSON at byte {error.BytePositionInLine + 1}");
        }
    }

    private static PromptRow Nested(JsonElement root, JsonElement prompt)
    {
        var (text, scores) = Scored("prompt", prompt, PromptProblemReason.NoPromptText);
        var continuations = new List<GivenContinuation>();
        if (root.TryGetProperty("continuation", out var continuation) && continuation.ValueKind != JsonValueKind.Null)
        {
            if (continuation.ValueKind == JsonValueKind.Array)
            {
                foreach (var element in continuation.EnumerateArray())
                {
                    continuations.Add(Continuation($"continuation[{continuations.Count}]", element));
                }
            }
            else
            {
                continuations.Add(Continuation("continuation", continuation));
            }
        }

        return new PromptRow
        {
            GivenId = GivenId(root, "prompt_id") ?? GivenId(root, "id"),
            Place = [Place(root, "filename"), Place(root, "begin"), Place(root, "end")],
            Text = text,
            Scores = scores,
            Continuations = continuations,
        };
    }

    private static GivenContinuation Continuation(string name, JsonElement element)
    {
        var (text, scores) = Scored(name, element, PromptProblemReason.BadContinuation);
        return new GivenContinuation(text, scores);
    }

    /// <summary>Reads a text with scores beside it, or a bare text.</summary>
    public static (string Text, IReadOnlyDictionary<string, double?> Scores) Scored(string name, JsonElement element, string reason)
    {
        if (element.ValueKind == JsonValueKind.String)
        {
            return (element.GetString()!, new Dictionary<string, double?>());
        }

        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new BrokenRowException(reason, $"{name} is neither an object nor a text");
        }

        string? text = null;
        var scores = new Dictionary<string, double?>();
        foreach (var property in element.EnumerateObject())
        {
            if (property.NameEquals("text"))
            {
                text = Text($"{name}.text", property.Value, reason);
            }
            else
            {
                scores.Add(property.Name, PromptScores.FromJson($"{name}.{property.Name}", property.Value));
            }
        }

        return text is null ? throw new BrokenRowException(reason, $"{name} has no text") : (text, scores);
    }

    private static PromptRow Flat(JsonElement root)
    {
        if (!root.TryGetProperty("prompt_text", out var promptText) && !root.TryGetProperty("text", out promptText))
        {
            throw new BrokenRowException(
                PromptProblemReason.NoPromptText,
                $"there is neither prompt nor prompt_text nor text (--prompt-field names another); the fields are: {FieldPath.ListFields(root)}");
        }

        var promptScores = new Dictionary<string, double?>();
        var continuationScores = new Dictionary<string, double?>();
        string? continuationText = null;
        foreach (var property in root.EnumerateObject())
        {
            switch (FlatColumn.Of(property.Name))
            {
                case { Kind: FlatColumnKind.ContinuationText } when property.Value.ValueKind != JsonValueKind.Null:
                    continuationText = Text(property.Name, property.Value, PromptProblemReason.BadContinuation);
                    break;
                case { Kind: FlatColumnKind.PromptScore } column:
                    promptScores.Add(column.Attribute, PromptScores.FromJson(property.Name, property.Value));
                    break;
                case { Kind: FlatColumnKind.ContinuationScore } column:
                    continuationScores.Add(column.Attribute, PromptScores.FromJson(property.Name, property.Value));
                    break;
            }
        }

        return FlatColumn.Row(
            GivenId(root, "prompt_id"),
            [Place(root, "filename"), Place(root, "begin"), Place(root, "end")],
            Text("prompt_text", promptText, PromptProblemReason.NoPromptText),
            promptScores,
            continuationText,
            continuationScores);
    }

    private static string Text(string name, JsonElement value, string reason) => value.ValueKind == JsonValueKind.String
        ? value.GetString()!
        : throw new BrokenRowException(reason, $"{name} is not a text");

    /// <summary>An id; null where there is none.</summary>
    public static string? GivenId(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text)
        {
            return text;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _)
            ? value.GetRawText()
            : throw new BrokenRowException(PromptProblemReason.BadId, $"{name} is neither a text nor a whole number");
    }

    private static string? Place(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var value))
        {
            return null;
        }

        return value.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String => value.GetString(),
            _ => value.GetRawText(),
        };
    }
}
