namespace AlignedProbing.Settings;

/// <summary>An option whose values are of one type.</summary>
/// <typeparam name="T">The type.</typeparam>
public sealed record Setting<T> : Setting
{
    /// <summary>How values are read.</summary>
    public required ValueReader<T> Value { get; init; }

    /// <summary>The value where it is left out; the type's own default unless stated.</summary>
    public T Preset { get; init; } = default!;

    /// <inheritdoc/>
    public override string Shape => Value.Shape;

    /// <inheritdoc/>
    public override string Range => Value.Range;

    /// <inheritdoc/>
    public override ValueArity Arity => Value.Arity;

    /// <inheritdoc/>
    public override string Default => IsFlag || (LeftOut is not null && Preset is null) ? "" : Value.Show(Preset);

    /// <inheritdoc/>
    public override object? Parse(IReadOnlyList<string> values) => Value.Read(values);
}
