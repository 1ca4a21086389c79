namespace AlignedProbing.Analysis.Strength;

/// <summary>Columns whose sums over drawn rows give a cell's strength, so that no resample need be laid out.</summary>
internal interface IStrengthColumns
{
    /// <summary>The columns: [column][row].</summary>
    float[][] Values { get; }

    /// <summary>r and partial r of a fold and a seed in the sample, in float64; NaN where not defined.</summary>
    (double R, double Partial) InSample(int fold, int seed);

    /// <summary>r in a resample, from the sums of its columns over the fold; NaN where not defined.</summary>
    double InResample(ReadOnlySpan<float> sums, int seed);
}
