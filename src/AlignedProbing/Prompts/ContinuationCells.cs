using System.Text.Json;
using AlignedProbing.Runs;

namespace AlignedProbing.Prompts;

/// <summary>
/// The cells of a column of continuations that another tool wrote: each a text, or each a JSON list of texts. Which of the two the column is, the first cell
/// decides that is not empty, so that a text that happens to begin with a bracket stays one.
/// </summary>
internal sealed class ContinuationCells
{
    private bool? _holdsLists;

    /// <summary>The continuations of a cell; none where it is empty.</summary>
    /// <exception cref="BrokenRowException">The column holds lists, and this cell is none.</exception>
    public IReadOnlyList<GivenContinuation> Read(string column, string cell)
    {
        if (cell.Length == 0)
        {
            return [];
        }

        _holdsLists ??= BeginsList(cell);
        return _holdsLists.Value ? List(column, cell) : [new GivenContinuation(cell, new Dictionary<string, double?>())];
    }

    // A list of texts, of lists or of objects, or none of them; also as Python prints it, which is then refused. "[1] as he said" is a text.
    private static bool BeginsList(string cell)
    {
        var text = cell.AsSpan().Trim();
        return text is ['[', ..] && text[1..].TrimStart() is ['"' or '[' or '{' or ']' or '\'', ..];
    }

    private static List<GivenContinuation> List(string column, string cell)
    {
        try
        {
            using var document = ForeignJson.Parse(cell);
            if (document.RootElement.ValueKind == JsonValueKind.Null)
            {
                return [];
            }

            if (document.RootElement.ValueKind != JsonValueKind.Array)
            {
                throw Broken(column, "is no list", null);
            }

            var continuations = new List<GivenContinuation>();
            NamedPromptRows.AddAll(column, document.RootElement, continuations);
            return continuations;
        }
        catch (JsonTextException error)
        {
            throw new BrokenRowException(PromptProblemReason.InvalidUnicode, $"the column {column}: {error.Message}");
        }
        catch (JsonException error)
        {
            throw Broken(
                column,
                cell.AsSpan().TrimStart()[1..].TrimStart() is ['\'', ..]
                    ? "is a list as Python prints it"
                    : $"is not JSON at byte {error.BytePositionInLine + 1}",
                error);
        }
    }

    private static BrokenRowException Broken(string column, string what, JsonException? error) =>
        new(
            PromptProblemReason.BadContinuation,
            $"the column {column} holds JSON lists of texts, and this cell {what}{(error is null ? "" : " (json.dumps writes one)")}");
}
