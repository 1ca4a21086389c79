namespace AlignedProbing.Probing.Training;

/// <summary>The constants of one step of Adam as PyTorch has it: betas .9 and .999, epsilon 1e-8, no weight decay. Source: Kingma and Ba 2015.</summary>
/// <param name="NegativeRate">-(learning rate) / (1 - .9^t).</param>
/// <param name="SecondCorrection">1 / sqrt(1 - .999^t).</param>
internal readonly record struct AdamStep(float NegativeRate, float SecondCorrection)
{
    public const float FirstShare = (float)(1 - 0.9);
    public const float SecondDecay = 0.999f;
    public const float SecondShare = (float)(1 - 0.999);
    public const float Epsilon = 1e-8f;

    /// <summary>The constants of a step.</summary>
    /// <param name="rate">The learning rate of the step.</param>
    /// <param name="firstPower">.9^t, t from 1.</param>
    /// <param name="secondPower">.999^t.</param>
    public static AdamStep At(double rate, double firstPower, double secondPower) =>
        new((float)(-rate / (1 - firstPower)), (float)(1 / Math.Sqrt(1 - secondPower)));
}
