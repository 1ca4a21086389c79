namespace AlignedProbing.Probing.Training;

/// <summary>The learning rate over the steps: linear from 0 over the warm-up, then linear to 0; the first step's rate is 0.</summary>
/// <param name="rate">The rate at the end of the warm-up.</param>
/// <param name="steps">Number of steps.</param>
/// <param name="warmUp">Steps of the warm-up.</param>
internal struct AdamSchedule(double rate, int steps, int warmUp)
{
    private double _firstPower = 1;
    private double _secondPower = 1;

    /// <summary>Steps taken.</summary>
    public int Step { get; private set; }

    /// <summary>The rate of a step, from 0.</summary>
    public readonly double Rate(int step) => rate * (step < warmUp ? (double)step / warmUp : Math.Max(0, (double)(steps - step) / Math.Max(1, steps - warmUp)));

    /// <summary>The constants of the next step.</summary>
    public AdamStep Next()
    {
        _firstPower *= 0.9;
        _secondPower *= 0.999;
        return AdamStep.At(Rate(Step++), _firstPower, _secondPower);
    }
}
