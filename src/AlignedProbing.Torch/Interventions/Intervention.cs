using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Interventions;

/// <summary>
/// Several edits of one model at once, as what a forward pass takes. Edits of a layer are applied in the order given, bypasses first. One that changes nothing
/// is left out, so that an intervention without effect gives the unedited model's results to the bit.
/// </summary>
/// <remarks>One pass at a time. On the CPU a token's result does not depend on batch or threads; elsewhere edits run on the model's device.</remarks>
public sealed class Intervention : ISiteEditor, IDisposable
{
    private const int ElementsAThread = 64 * 1024;

    private readonly Edit[][] _editsOfBlock;
    private readonly bool[] _bypassed;
    private readonly Dictionary<EditDirection, torch.Tensor> _onDevice = [];
    private readonly Dictionary<EditPositions, RowChoice> _choices = [];
    private readonly bool _reduces;
    private float[] _input = [];
    private torch.Tensor? _inputOnDevice;
    private TokenBatch? _batch;

    /// <summary>Makes edits ready for a model.</summary>
    /// <param name="model">The model; it stays the caller's.</param>
    /// <param name="edits">The edits; none leaves the model as it is.</param>
    /// <exception cref="InputException"><c>intervention</c>: a layer is not there, a direction has another width, a number is not finite.</exception>
    public Intervention(CausalModel model, IReadOnlyList<Edit> edits)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(edits);
        Check(model.Sizes, edits);
        _reduces = model.ReducesOn is not null;
        _editsOfBlock =
        [
            .. Enumerable
                .Range(1, model.Sizes.Blocks)
                .Select(layer => edits.Where(edit => edit.Holds(layer) && !edit.ChangesNothing).OrderBy(edit => edit is not Bypass).ToArray()),
        ];
        _bypassed = Array.ConvertAll(_editsOfBlock, own => own.Any(edit => edit is Bypass));
        ChangesNothing = _editsOfBlock.All(own => own.Length == 0);
    }

    /// <summary>Whether no edit has an effect.</summary>
    public bool ChangesNothing { get; }

    /// <summary>Checks edits before a model is loaded.</summary>
    /// <exception cref="InputException"><c>intervention</c>, with every fault.</exception>
    public static void Check(ModelSizes sizes, IReadOnlyList<Edit> edits)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        ArgumentNullException.ThrowIfNull(edits);
        var faults = edits.SelectMany(edit => edit.Faults(sizes)).Distinct().ToArray();
        if (faults.Length > 0)
        {
            throw new InputException("intervention", "editing the model", $"not possible: {string.Join("; ", faults)}", "Correct these edits");
        }
    }

    /// <inheritdoc/>
    public void At(Site site, torch.Tensor value, TokenBatch batch)
    {
        if (site.Block < 0 || site.Kind is not (SiteKind.BlockInput or SiteKind.BlockOutput) || _editsOfBlock[site.Block].Length == 0)
        {
            return;
        }

        ArgumentNullException.ThrowIfNull(value);
        if (!ReferenceEquals(batch, _batch))
        {
            Forget();
            _batch = batch;
        }

        if (site.Kind == SiteKind.BlockInput)
        {
            if (_bypassed[site.Block])
            {
                Keep(value);
            }

            return;
        }

        foreach (var edit in _editsOfBlock[site.Block])
        {
            var rows = Choice(edit.Positions, batch, value.device);
            if (rows.Rows == 0)
            {
                continue;
            }

            if (_reduces)
            {
                ApplyOnDevice(edit, value, rows);
            }
            else
            {
                Apply(edit, value, rows);
            }
        }

        _inputOnDevice?.Dispose();
        _inputOnDevice = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget();
        foreach (var direction in _onDevice.Values)
        {
            direction.Dispose();
        }

        _onDevice.Clear();
    }

    private void Keep(torch.Tensor value)
    {
        if (_reduces)
        {
            _inputOnDevice?.Dispose();
            _inputOnDevice = value.clone().DetachFromDisposeScope();
            return;
        }

        var values = TensorMemory.Span<float>(value);
        if (_input.Length < values.Length)
        {
            _input = new float[values.Length];
        }

        values.CopyTo(_input);
    }

    private void Apply(Edit edit, torch.Tensor value, RowChoice rows)
    {
        var width = (int)value.size(1);
        ParallelRows.For((int)value.size(0), (first, end) =>
        {
            var values = TensorMemory.Span<float>(value);
            for (var row = first; row < end; row++)
            {
                if (!rows.Holds(row))
                {
                    continue;
                }

                var state = values.Slice(row * width, width);
                switch (edit)
                {
                    case Bypass bypass:
                        EditKernels.Damp(state, _input.AsSpan(row * width, width), (float)bypass.Factor);
                        break;
                    case Ablate ablate:
                        EditKernels.Add(state, ablate.Direction.Unit, -ablate.Strength * ablate.Direction.Along(state));
                        break;
                    case Steer steer:
                        EditKernels.Add(state, steer.Direction.Unit, steer.Amount);
                        break;
                }
            }
        }, Math.Max(1, ElementsAThread / width));
    }

    private void ApplyOnDevice(Edit edit, torch.Tensor value, RowChoice rows)
    {
        using var scope = torch.NewDisposeScope();
        switch (edit)
        {
            case Bypass bypass when bypass.Factor == 0 && rows.Mask is null:
                value.copy_(_inputOnDevice!);
                break;
            case Bypass bypass:
                var back = Ops.Subtract(_inputOnDevice!, value);
                Ops.AddScaledInPlace(value, rows.Mask is null ? back : back.mul(rows.Mask), 1 - bypass.Factor);
                break;
            case Ablate ablate:
                var unit = OnDevice(ablate.Direction, value.device);
                var along = Ops.MatrixProduct(value, unit.view(-1, 1));
                Ops.AddScaledInPlace(value, (rows.Mask is null ? along : along.mul(rows.Mask)).mul(unit), -ablate.Strength);
                break;
            case Steer steer:
                var push = OnDevice(steer.Direction, value.device);
                Ops.AddScaledInPlace(value, rows.Mask is null ? push : rows.Mask.mul(push), steer.Amount);
                break;
        }
    }

    /// <summary>A direction, float32 [1, width], moved to the device once.</summary>
    private torch.Tensor OnDevice(EditDirection direction, torch.Device device)
    {
        if (!_onDevice.TryGetValue(direction, out var tensor))
        {
            using var scope = torch.NewDisposeScope();
            tensor = torch.tensor(direction.Unit.ToArray()).view(1, -1).to(device).DetachFromDisposeScope();
            _onDevice.Add(direction, tensor);
        }

        return tensor;
    }

    private RowChoice Choice(EditPositions positions, TokenBatch batch, torch.Device device)
    {
        if (!_choices.TryGetValue(positions, out var choice))
        {
            choice = new RowChoice(positions, batch, _reduces ? device : null);
            _choices.Add(positions, choice);
        }

        return choice;
    }

    private void Forget()
    {
        _inputOnDevice?.Dispose();
        _inputOnDevice = null;
        foreach (var choice in _choices.Values)
        {
            choice.Dispose();
        }

        _choices.Clear();
        _batch = null;
    }
}
