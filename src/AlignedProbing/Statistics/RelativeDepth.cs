namespace AlignedProbing.Statistics;

/// <summary>Values by layer, brought to depths that models of any number of layers share: 0, 1/16, ..., 1.</summary>
public static class RelativeDepth
{
    /// <summary>The number of equal steps between the first state and the last.</summary>
    public const int Steps = 16;

    /// <summary>The value at a depth, interpolated linearly between the two layers around it.</summary>
    /// <param name="values">A value a layer, 0 .. last; NaN where there is none.</param>
    /// <param name="step">The depth in sixteenths, 0 .. <see cref="Steps"/>.</param>
    /// <returns>The value; NaN where a layer that it needs has none.</returns>
    public static double At(ReadOnlySpan<double> values, int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(step, Steps);
        if (values.IsEmpty)
        {
            return double.NaN;
        }

        var (below, rest) = Math.DivRem((long)step * (values.Length - 1), Steps);
        return rest == 0 ? values[(int)below] : values[(int)below] + ((double)rest / Steps * (values[(int)below + 1] - values[(int)below]));
    }
}
