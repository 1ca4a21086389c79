using AlignedProbing.Files;
using System.Text.Json;
using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Torch.Scorers;

/// <summary>
/// A scorer that a user describes in a JSON file, because a name does not say everything: a classifier (<c>{"classifier": "unitary/toxic-bert", "labels":
/// {"LABEL_1": "toxicity"}}</c>), a language model as a judge (<c>{"judge": "gpt-x", "endpoint": "https://..."}</c>), or one that reads the texts
/// (<c>{"perplexity": "models/x", "precision":
/// "bf16"}</c>).
/// </summary>
public abstract record ScorerFile
{
    private const int MaxBytes = 1 << 20;

    private static readonly string[] Kinds = ["classifier", "judge", "perplexity"];

    /// <summary>A name of <see cref="PrecisionNames"/>, for models that run here; full where left out.</summary>
    public string Precision { get; init; } = "full";

    /// <summary>Reads a scorer file.</summary>
    /// <exception cref="InputException"><c>scorer-file</c>: it cannot be read.</exception>
    public static ScorerFile Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
            {
                throw Unusable(path, "it is larger than 1 MiB");
            }

            using var document = ForeignJson.Parse(File.ReadAllBytes(path));
            return document.RootElement.ValueKind != JsonValueKind.Object ? throw Unusable(path, "it is not a JSON object")
                : Kinds.Where(kind => document.RootElement.TryGetProperty(kind, out _)).ToArray() switch
                {
                    ["classifier"] => As<ClassifierFile>(document, path),
                    ["judge"] => As<JudgeFile>(document, path),
                    ["perplexity"] => As<PerplexityFile>(document, path),
                    [_, ..] kinds => throw Unusable(path, $"it has {string.Join(" and ", kinds)} at once"),
                    _ => throw Unusable(
                        path,
                        $"it has none of {string.Join(", ", Kinds)}, but " +
                        $"{string.Join(", ", document.RootElement.EnumerateObject().Select(field => field.Name).DefaultIfEmpty("nothing"))}"),
                };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unusable(path, File.Exists(path) ? error.Message.TrimEnd('.') : "there is no such file", error);
        }
        catch (JsonException error)
        {
            throw Unusable(path, error.Message.TrimEnd('.'), error);
        }
    }

    /// <summary><see cref="Precision"/> as models take it.</summary>
    /// <exception cref="InputException"><c>scorer-file</c>: there is none of that name.</exception>
    internal WeightPrecision ReadPrecision(string name) =>
        PrecisionNames.TryParse(Precision) ?? throw Unusable(name, $"precision is '{Precision}', none of {string.Join(", ", PrecisionNames.All)}");

    private protected static InputException Unusable(string path, string found, Exception? inner = null) =>
        new(
            "scorer-file",
            $"reading the scorer file '{path}'",
            found,
            "Write for example {\"classifier\": \"FOLDER\", \"labels\": {\"LABEL_1\": \"toxicity\"}} (docs/reference/scorers/classifiers.md), " +
            "{\"judge\": \"MODEL\", "
                + "\"endpoint\": \"http://localhost:8000/v1\"} (docs/reference/scorers/judges.md) or {\"perplexity\": \"FOLDER\"} " +
                    "(docs/reference/scorers/perplexity.md)",
            inner);

    private static T As<T>(JsonDocument document, string path)
        where T : ScorerFile
    {
        var fields = typeof(T)
            .GetProperties()
            .Where(property => property.CanWrite)
            .Select(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name))
            .ToArray();
        var unknown = document.RootElement.EnumerateObject().Select(field => field.Name).Where(name => !fields.Contains(name)).ToArray();
        return unknown.Length == 0
            ? document.Deserialize<T>(RecordJson.Line)!
            : throw Unusable(path, $"{string.Join(", ", unknown)}: there is no such field; there are {string.Join(", ", fields)}");
    }
}
