using System.Text.Json;
using AlignedProbing.Runs;
using AlignedProbing.Torch.Precision;
using AlignedProbing.Torch.Scorers.Classifiers;

namespace AlignedProbing.Torch.Scorers;

/// <summary>
/// A scorer that a user describes in a JSON file, because a model's folder does not say everything: <c>{"classifier": "unitary/toxic-bert", "labels": {"LABEL_1": "toxicity"}}</c>.
/// </summary>
public sealed record ScorerFile
{
    private const int MaxBytes = 1 << 20;

    private static readonly string[] Fields = [.. typeof(ScorerFile).GetProperties().Select(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name))];

    /// <summary>The classifier: a folder (relative to the file) or a name on the Hub.</summary>
    public required string Classifier { get; init; }

    /// <summary>What labels are: an attribute, or null to leave the label out.</summary>
    public IReadOnlyDictionary<string, string?> Labels { get; init; } = new Dictionary<string, string?>();

    /// <summary>The activation, where the model's configuration does not say it or is wrong: sigmoid, softmax, none.</summary>
    public Activation? Activation { get; init; }

    /// <summary>What comes out of a regression head where nothing is there, and where there is as much as can be; two numbers, 0 and 1 where left out.</summary>
    public IReadOnlyList<double>? Range { get; init; }

    /// <summary>Tokens of a text at most.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>full or bf16; full where left out.</summary>
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

            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw Unusable(path, "it is not a JSON object");
            }

            var unknown = document.RootElement.EnumerateObject().Select(field => field.Name).Where(name => !Fields.Contains(name)).ToArray();
            return unknown.Length == 0 ? document.Deserialize<ScorerFile>(RunJson.Line)! : throw Unusable(path, $"{string.Join(", ", unknown)}: there is no such field; there are {string.Join(", ", Fields)}");
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

    /// <summary>The classifier's options.</summary>
    /// <param name="name">The scorer's name.</param>
    /// <param name="folder">The model's folder.</param>
    /// <exception cref="InputException"><c>scorer-file</c>: a field has a value that is not possible.</exception>
    public ClassifierOptions ToOptions(string name, string folder) => new()
    {
        Name = name,
        Folder = folder,
        Labels = Labels,
        Activation = Activation,
        Range = Range switch
        {
            null => (0, 1),
            [var low, var high] => (low, high),
            _ => throw Unusable(name, "range is not two numbers"),
        },
        MaxTokens = MaxTokens,
        Precision = Precision switch
        {
            "full" => WeightPrecision.Full,
            "bf16" => WeightPrecision.BFloat16,
            _ => throw Unusable(name, $"precision is '{Precision}', neither full nor bf16"),
        },
    };

    private static InputException Unusable(string path, string found, Exception? inner = null) =>
        new("scorer-file", $"reading the scorer file '{path}'", found, "Write for example {\"classifier\": \"FOLDER\", \"labels\": {\"LABEL_1\": \"toxicity\"}} (docs/scorers/classifiers.md)", inner);
}
