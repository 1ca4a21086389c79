using System.Text.Json;
using AlignedProbing.Runs;

namespace AlignedProbing.Prompts;

/// <summary>
/// Reads a line of JSON that another tool wrote, its fields named by <see cref="PromptSetOptions.PromptField"/> and
/// <see cref="PromptSetOptions.ContinuationField"/>.
/// </summary>
internal static class NamedPromptRows
{
    private static readonly string[] PromptFields = ["prompt", "prompt_text"];
    private static readonly string[] ContinuationFields = ["continuation", "continuation_text"];

    /// <summary>Reads a line.</summary>
    /// <exception cref="BrokenRowException">It cannot be used.</exception>
    public static PromptRow Read(JsonElement root, PromptSetOptions options)
    {
        var (text, scores) = Prompt(root, options.PromptField);
        return new PromptRow
        {
            GivenId = JsonPromptRows.GivenId(root, "prompt_id"),
            Text = text,
            Scores = scores,
            Continuations = Continuations(root, options.ContinuationField),
            JoinsById = true,
        };
    }

    private static (string Text, IReadOnlyDictionary<string, double?> Scores) Prompt(JsonElement root, string? asked)
    {
        var found = new List<JsonElement>();
        var field = asked ?? PromptFields.FirstOrDefault(name => root.TryGetProperty(name, out _)) ?? PromptFields[0];
        if (!FieldPath.TryFind(root, field, found))
        {
            throw Missing(PromptProblemReason.NoPromptText, field, root);
        }

        return found.Count == 1
            ? JsonPromptRows.Scored(field, found[0], PromptProblemReason.NoPromptText)
            : throw new BrokenRowException(
                PromptProblemReason.NoPromptText,
                $"{field} holds {found.Count} texts, a row has one prompt (a number in the name takes one of a list: arguments.0)");
    }

    private static List<GivenContinuation> Continuations(JsonElement root, string? asked)
    {
        var continuations = new List<GivenContinuation>();
        var field = asked ?? ContinuationFields.FirstOrDefault(name => root.TryGetProperty(name, out _));
        if (field is null)
        {
            return continuations;
        }

        var found = new List<JsonElement>();
        if (!FieldPath.TryFind(root, field, found))
        {
            throw Missing(PromptProblemReason.BadContinuation, field, root);
        }

        if (found is not [{ ValueKind: JsonValueKind.Null }])
        {
            found.ForEach(element => AddAll(field, element, continuations));
        }

        return continuations;
    }

    /// <summary>
    /// Adds a text, or all of a list. Lists of lists, as tools write that group what they sampled, are taken in the order in which they are written.
    /// </summary>
    /// <exception cref="BrokenRowException">Something is neither a text nor an object with one.</exception>
    internal static void AddAll(string field, JsonElement element, List<GivenContinuation> continuations)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var inner in element.EnumerateArray())
            {
                AddAll(field, inner, continuations);
            }

            return;
        }

        var (text, scores) = JsonPromptRows.Scored(field, element, PromptProblemReason.BadContinuation);
        continuations.Add(new GivenContinuation(text, scores));
    }

    private static BrokenRowException Missing(string reason, string field, JsonElement root) =>
        new(reason, $"there is no field {field}; the fields are: {FieldPath.ListFields(root)}");
}
