namespace AlignedProbing.Torch.Weights.Panels;

/// <summary>
/// A weight [rows, columns] held in few bits, in the order in which it is multiplied: panels of <see cref="Width"/> rows, within a panel column by column. A
/// small part of a panel at a time is unpacked to float32, in a buffer that stays in the processor's nearest cache, and multiplied there.
/// </summary>
internal abstract unsafe class PanelWeight(int rows, int columns, IReadOnlyList<int>? order = null) : IDisposable
{
    private readonly int[]? _order = order is null ? null : [.. order];

    /// <summary>Rows of a panel: outputs of the layer. The last panel is filled with zeros.</summary>
    public const int Width = 64;

    /// <summary>
    /// Most columns unpacked at a time. Sums of so many products are added in order, which also keeps long rows exact (docs/reference/numerics.md).
    /// </summary>
    public const int Depth = 64;

    /// <summary>Outputs.</summary>
    public int Rows { get; } = rows;

    /// <summary>Inputs.</summary>
    public int Columns { get; } = columns;

    /// <summary>Number of panels.</summary>
    public int Panels => (Rows + Width - 1) / Width;

    /// <summary>What it is, for reports: <c>int8</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Rows of the input that a part is unpacked for, a multiple of the six that are multiplied at once: many where unpacking costs time.</summary>
    public virtual int RowsOfPiece => 240;

    /// <summary>Bytes held.</summary>
    public abstract long Bytes { get; }

    /// <summary>Writes some columns of a panel as float32.</summary>
    /// <param name="panel">Which panel.</param>
    /// <param name="first">First column, a multiple of <see cref="Depth"/>.</param>
    /// <param name="count">Columns, at most <see cref="Depth"/>.</param>
    /// <param name="values">[count, <see cref="Width"/>], 64-byte aligned.</param>
    public abstract void Unpack(int panel, int first, int count, float* values);

    /// <summary>Columns of a panel as float32, aligned as for <see cref="Unpack"/>: unpacked, or where they lie.</summary>
    /// <param name="panel">Which panel.</param>
    /// <param name="first">First column, a multiple of <see cref="Depth"/>.</param>
    /// <param name="count">Columns, at most <see cref="Depth"/>.</param>
    /// <param name="room">Room for them [count, <see cref="Width"/>], 64-byte aligned.</param>
    public virtual float* Part(int panel, int first, int count, float* room)
    {
        Unpack(panel, first, count, room);
        return room;
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>The row, as the weight was given, of an output.</summary>
    protected int Source(int output) => _order is null ? output : _order[output];
}
