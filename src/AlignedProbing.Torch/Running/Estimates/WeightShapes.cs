using System.Text.Json;
using System.Text.RegularExpressions;
using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Weights;
using AlignedProbing.Torch.Weights.Panels;

namespace AlignedProbing.Torch.Running.Estimates;

/// <summary>
/// What a checkpoint's headers say of a model's layers: bytes that they take in memory in each precision, and the matrix products of a token. No weight is
/// read.
/// </summary>
internal sealed partial class WeightShapes
{
    private const int PanelRows = PanelWeight.Width;

    private static readonly string[] ExpertFields = ["num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts"];

    private readonly List<(StoredTensor Tensor, Role Role)> _tensors;
    private readonly bool _quantised;

    private readonly double _activeExperts;

    private WeightShapes(List<(StoredTensor, Role)> tensors, bool quantised, long bytes, int vocabulary, double activeExperts) =>
        (_tensors, _quantised, FileBytes, Vocabulary, _activeExperts) = (tensors, quantised, bytes, vocabulary, activeExperts);

    private enum Role
    {
        /// <summary>Norms, biases: kept as float32.</summary>
        Small,

        /// <summary>A table of which rows are read where the file is mapped.</summary>
        Table,

        /// <summary>A table that is the output head too.</summary>
        TiedHead,

        /// <summary>The output head.</summary>
        Head,

        /// <summary>A linear layer.</summary>
        Linear,

        /// <summary>Several experts' layers in one tensor, which stay as they are stored beside four and eight bits.</summary>
        Experts,
    }

    /// <summary>Bytes of all tensors in the files.</summary>
    public long FileBytes { get; }

    /// <summary>Rows of the output head.</summary>
    public int Vocabulary { get; }

    /// <summary>The widest thing between two layers of a block: outputs of the feed-forward part.</summary>
    public long Inner => _tensors
        .Where(pair => pair.Role is Role.Linear or Role.Experts)
        .Select(pair => pair.Tensor.Shape.TakeLast(2).Max())
        .DefaultIfEmpty(0)
        .Max();

    /// <summary>Reads the headers.</summary>
    public static WeightShapes Of(string folder, ModelDescription description)
    {
        using var checkpoint = Checkpoint.Open(folder);
        StoredTensor[] all = [.. checkpoint.Tensors];
        var vocabulary = all.Where(tensor => IsVocabulary(tensor, description.Sizes)).ToArray();
        var head = vocabulary.FirstOrDefault(tensor => HeadName().IsMatch(tensor.Name));
        var tied = head is null ? vocabulary.FirstOrDefault() : null;
        return new WeightShapes(
            [
                .. all.Select(tensor => (
                    tensor,
                    tensor == head ? Role.Head
                    : tensor == tied ? Role.TiedHead
                    : vocabulary.Contains(tensor) || PositionName().IsMatch(tensor.Name) ? Role.Table
                    : tensor.Shape.Count == 3 ? Role.Experts
                    : tensor.Shape.Count == 2 ? Role.Linear
                    : Role.Small)),
            ],
            description.WeightFormat is not null,
            checkpoint.Bytes,
            description.Sizes.Vocabulary,
            ActiveExperts(folder));
    }

    /// <summary>Bytes of the weights as they are held.</summary>
    /// <param name="precision">What linear layers are rounded to.</param>
    /// <param name="onDevice">Whether they go to a GPU, which has no mapped file: tables are copied there too.</param>
    public long Held(WeightPrecision precision, bool onDevice) =>
        _quantised ? FileBytes : _tensors.Sum(pair => Held(pair.Tensor, pair.Role, precision, onDevice));

    /// <summary>
    /// The products of a token with their counts: [inputs, outputs] of layers that are multiplied as one. Without the head.
    /// </summary>
    public IReadOnlyList<(int Inputs, int Outputs, double Count)> Products()
    {
        var single = _tensors
            .Where(pair => pair.Role == Role.Linear)
            .GroupBy(pair => (Parent: Parent(pair.Tensor.Name), Inputs: pair.Tensor.Shape[1]))
            .Select(layers => (
                Inputs: (int)layers.Key.Inputs,
                Outputs: (int)layers.Sum(layer => layer.Tensor.Shape[0]),
                Count: layers.Key.Parent.Contains(".experts.", StringComparison.Ordinal) ? _activeExperts : 1.0));
        var experts = _tensors
            .Where(pair => pair.Role == Role.Experts)
            .Select(pair => (Inputs: (int)pair.Tensor.Shape[2], Outputs: (int)pair.Tensor.Shape[1], Count: pair.Tensor.Shape[0] * _activeExperts));
        return
        [
            .. single.Concat(experts)
                .GroupBy(product => (product.Inputs, product.Outputs))
                .Select(products => (products.Key.Inputs, products.Key.Outputs, products.Sum(product => product.Count))),
        ];
    }

    // Share of the experts that a token passes, in (0, 1].
    private static double ActiveExperts(string folder)
    {
        var path = Path.Combine(folder, "config.json");
        if (!File.Exists(path))
        {
            return 1;
        }

        using var config = ForeignJson.ParsePython(ForeignJson.Bytes(path, 16 << 20));
        var each = Number("num_experts_per_tok");
        var all = ExpertFields.Select(Number).FirstOrDefault(number => number > 0);
        return each > 0 && all > 0 ? Math.Clamp(each / all, 0, 1) : 1;

        double Number(string name) =>
            config.RootElement.TryGetProperty(name, out var field) && field.ValueKind == JsonValueKind.Number ? field.GetDouble() : 0;
    }

    private static bool IsVocabulary(StoredTensor tensor, ModelSizes sizes) =>
        tensor.Shape.Count == 2 && Math.Abs(tensor.Shape[0] - sizes.Vocabulary) <= 1024 && tensor.Shape[1] <= sizes.Width && tensor.Shape[0] > sizes.Width;

    private static string Parent(string name)
    {
        string[] parts = name.Split('.');
        return string.Join('.', parts[..Math.Max(0, parts.Length - 2)]);
    }

    private static long Held(StoredTensor tensor, Role role, WeightPrecision precision, bool onDevice)
    {
        var count = tensor.Shape.Aggregate(1L, (product, size) => product * size);
        var asStored = role is Role.Head or Role.TiedHead or Role.Experts && precision is WeightPrecision.EightBit or WeightPrecision.FourBit;
        return role switch
        {
            Role.Small => 4 * count,
            Role.Table => onDevice ? tensor.Bytes : 0,
            _ when asStored => Dense(tensor, count == 0 ? 0 : Math.Clamp(tensor.Bytes / count, 2, 4)),
            _ => Linear(tensor, precision),
        }

        // Of a tied head the table stays in the mapped file, and the head is a copy.
        + (role == Role.TiedHead && onDevice ? tensor.Bytes : 0);
    }

    private static long Linear(StoredTensor tensor, WeightPrecision precision) => precision switch
    {
        WeightPrecision.Full => Dense(tensor, 4),
        WeightPrecision.EightBit => Dense(tensor, 1) + (4 * Rows(tensor)),
        // Half a byte a number; a byte of scale for 64 of them, and a float32 for 256 such bytes.
        WeightPrecision.FourBit => (Dense(tensor, 1) / 2) + (Dense(tensor, 1) / 64) + (Dense(tensor, 1) / (64 * 256 / 4)),
        _ => Dense(tensor, 2),
    };

    private static long Dense(StoredTensor tensor, long size) => Rows(tensor) * tensor.Shape[^1] * size * (tensor.Shape.Count == 3 ? tensor.Shape[0] : 1);

    private static long Rows(StoredTensor tensor) => (tensor.Shape[^2] + PanelRows - 1) / PanelRows * PanelRows;

    [GeneratedRegex(@"(^|\.)(lm_head|embed_out|output)\.weight$")]
    private static partial Regex HeadName();

    [GeneratedRegex(@"(^|\.)(wpe|embed_positions|position_embeddings?)\.weight$")]
    private static partial Regex PositionName();
}
