using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Interventions;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Certificates.Edited;

/// <summary>
/// What another program made of an edited model: cases in a JSON file, their tensors in a safetensors file beside it. It comes from strangers: every shape is
/// checked before it is used.
/// </summary>
internal sealed partial class EditedFile : IDisposable
{
    private const long LargestJson = 64 << 20;

    private readonly string _path;
    private readonly Checkpoint _tensors;

    private EditedFile(string path, Checkpoint tensors, JsonElement root)
    {
        (_path, _tensors) = (path, tensors);
        var note = root.TryGetProperty("note", out var text) ? text.GetString() ?? "" : "";
        FirstLayer =
            note.Contains("blocks count from 0", StringComparison.Ordinal) ? 1
            : note.Contains("layer L = block L-1", StringComparison.Ordinal) ? 0
            : throw Broken("its note says neither 'blocks count from 0' nor 'layer L = block L-1', so it is not known which block a number means");
        SteerBy = SteerNote().Match(note) is { Success: true } match ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : null;
        Rows = [.. root.GetProperty("rows").EnumerateArray().Select(row => row.GetInt32())];
        Cases = [.. root.GetProperty("cases").EnumerateArray().Select(Case)];
        if (Rows.Count == 0 || Cases.Count == 0)
        {
            throw Broken("it has no rows or no cases");
        }
    }

    /// <summary>Numbers of the prompts in their file, from 0.</summary>
    public IReadOnlyList<int> Rows { get; }

    /// <summary>What layers are counted from: 1 where the first block is written as 0, 0 where it is written as 1.</summary>
    public int FirstLayer { get; }

    /// <summary>How far cases steer whose name does not say; null: not told.</summary>
    public double? SteerBy { get; }

    /// <summary>The cases.</summary>
    public IReadOnlyList<EditedFileCase> Cases { get; }

    /// <summary>Opens a JSON file with its tensors.</summary>
    /// <exception cref="InputException"><c>intervention-check</c>, or an error of reading safetensors.</exception>
    public static EditedFile Open(string path)
    {
        var beside = Path.ChangeExtension(path, ".safetensors");
        if (!File.Exists(path) || !File.Exists(beside))
        {
            throw Broken(path, $"there is no file '{(File.Exists(path) ? beside : path)}'");
        }

        if (new FileInfo(path).Length > LargestJson)
        {
            throw Broken(path, $"it is larger than {LargestJson >> 20} MiB");
        }

        var tensors = Checkpoint.Open(beside);
        try
        {
            using var document = ForeignJson.Parse(File.ReadAllBytes(path));
            return new EditedFile(path, tensors, document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            tensors.Dispose();
            throw Broken(path, error.Message.TrimEnd('.'), error);
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <summary>A direction of the file: the kind's own unit vector, or the one for all.</summary>
    /// <param name="kind">ablate or steer.</param>
    public EditDirection Direction(string kind)
    {
        var name = _tensors.Contains($"{kind}_unit") ? $"{kind}_unit" : "vector";
        return _tensors.Find(name)?.Shape is [> 0 and var width]
            ? new EditDirection(Floats(name, width))
            : throw Broken($"it has neither '{kind}_unit' nor 'vector' of one dimension");
    }

    /// <summary>Ids that the edited model writes after each prompt [rows][tokens].</summary>
    public int[][] Ids(string name, int vocabulary)
    {
        var key = _tensors.Contains($"{name}.ids") ? $"{name}.ids" : $"{name}.greedy";
        if (_tensors.Find(key)?.Shape is not [var rows, > 0 and var tokens] || rows != Rows.Count)
        {
            throw Broken($"it has neither '{name}.ids' nor '{name}.greedy' of shape [{Rows.Count}, tokens]");
        }

        using var scope = torch.NewDisposeScope();
        var values = TensorMemory.Span<long>(_tensors.Take(key, rows, tokens).to(torch.ScalarType.Int64).contiguous());
        var result = new int[rows][];
        for (var row = 0; row < rows; row++)
        {
            result[row] = new int[tokens];
            for (var i = 0; i < tokens; i++)
            {
                var id = values[(int)((row * tokens) + i)];
                result[row][i] = id >= 0 && id < vocabulary ? (int)id : throw Broken($"'{key}' has the id {id}, and the model {vocabulary} tokens");
            }
        }

        return result;
    }

    /// <summary>Mean log-probability of each row's ids; null where the file does not have them.</summary>
    public double[]? LogProbabilities(string name)
    {
        if (_tensors.Find(name) is not { } stored)
        {
            return null;
        }

        if (stored.Shape is not [var rows] || rows != Rows.Count)
        {
            throw Broken($"'{name}' is not of shape [{Rows.Count}]");
        }

        using var scope = torch.NewDisposeScope();
        return TensorMemory.Span<double>(_tensors.Take(name, rows).to(torch.ScalarType.Float64).contiguous()).ToArray();
    }

    /// <summary>Means over the prompts' tokens [layers, rows, width]; null where the file does not have them.</summary>
    public float[]? Means(string name, int layers, int width) =>
        _tensors.Find($"{name}.input") is not { } stored ? null
        : stored.Shape.SequenceEqual([layers, Rows.Count, width]) ? Floats($"{name}.input", layers, Rows.Count, width)
        : throw Broken($"'{name}.input' is not of shape [{layers}, {Rows.Count}, {width}], as this model's would be");

    /// <inheritdoc/>
    public void Dispose() => _tensors.Dispose();

    /// <summary>An error that says what is wrong with the file.</summary>
    public InputException Broken(string found) => Broken(_path, found);

    private static InputException Broken(string path, string found, Exception? error = null) =>
        new(
            "intervention-check",
            $"reading edited models' values from '{path}'",
            found,
            "Give a JSON file of cases with its safetensors file beside it (docs/guide/interventions.md)",
            error);

    private float[] Floats(string name, params long[] shape)
    {
        using var scope = torch.NewDisposeScope();
        return TensorMemory.Span<float>(_tensors.Take(name, shape).to(torch.ScalarType.Float32).contiguous()).ToArray();
    }

    private EditedFileCase Case(JsonElement element) =>
        new(
            element.GetProperty("name").GetString() ?? throw Broken("a case has no name"),
            Numbers(element, "gaps") ?? [.. Rows.Select(_ => double.PositiveInfinity)],
            Numbers(element, "mean_logprob"));

    private double[]? Numbers(JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out var list))
        {
            return null;
        }

        double[] numbers = [.. list.EnumerateArray().Select(value => value.GetDouble())];
        return numbers.Length == Rows.Count ? numbers : throw Broken($"'{name}' of a case has {numbers.Length} numbers for {Rows.Count} rows");
    }

    [GeneratedRegex(@"steer adds (-?\d{1,9}(?:\.\d{1,9})?) times", RegexOptions.CultureInvariant)]
    private static partial Regex SteerNote();
}
