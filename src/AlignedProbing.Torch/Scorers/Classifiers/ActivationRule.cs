using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Scorers.Classifiers;

/// <summary>
/// Decides on the activation as Hugging Face's text-classification pipeline does, from <c>problem_type</c> and the number of labels. Where that pipeline takes
/// softmax for want of anything better (several labels and no <c>problem_type</c>), softmax is taken only if the labels are plainly two sides of one question;
/// otherwise the user is asked.
/// </summary>
public static class ActivationRule
{
    /// <summary>The activation of a classifier.</summary>
    /// <param name="config">Its configuration.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="leftOut">How many of them say that nothing is there (<c>non_toxic</c>, <c>neutral</c>) and are no attribute.</param>
    /// <param name="asked">What the user says; null: nothing.</param>
    /// <exception cref="InputException"><c>classifier-activation</c>: it cannot be told; <c>config-unsupported</c>: a <c>problem_type</c> that is not
    /// known.</exception>
    public static Activation Of(ModelConfig config, IReadOnlyList<string> labels, int leftOut, Activation? asked)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(labels);
        var problem = config.Text("problem_type");
        return (asked, problem, labels.Count) switch
        {
            ({ } given, _, _) => given,
            (_, "regression", _) => Activation.None,
            (_, "multi_label_classification", _) or (_, "single_label_classification" or null, 1) => Activation.Sigmoid,
            (_, "single_label_classification", _) => Activation.Softmax,
            (_, null, 2) when leftOut == 1 => Activation.Softmax,
            (_, null, _) => throw new InputException(
                "classifier-activation",
                "turning the classifier's logits into scores",
                $"its config.json has no problem_type, and its {labels.Count} labels ({Shown(labels)}) may exclude each other (softmax, which Hugging " +
                "Face's pipeline would take) or not (sigmoid)",
                "Say which in a scorer file: \"activation\": \"softmax\" or \"sigmoid\" (docs/reference/scorers/classifiers.md); the model's card tells how " +
                "it was trained"),
            _ => throw config.Unsupported($"problem_type is '{problem}'; implemented: multi_label_classification, single_label_classification, regression"),
        };
    }

    /// <summary>Turns the logits of one text into outputs.</summary>
    /// <param name="activation">How.</param>
    /// <param name="logits">The logits, one a label.</param>
    /// <param name="outputs">Where the outputs go.</param>
    public static void Apply(Activation activation, ReadOnlySpan<float> logits, Span<double> outputs)
    {
        var (largest, sum) = (double.NegativeInfinity, 0.0);
        foreach (var logit in logits)
        {
            largest = Math.Max(largest, logit);
        }

        for (var i = 0; i < logits.Length; i++)
        {
            outputs[i] = activation switch
            {
                Activation.Sigmoid => 1 / (1 + Math.Exp(-(double)logits[i])),
                Activation.Softmax => Math.Exp(logits[i] - largest),
                _ => logits[i],
            };
            sum += outputs[i];
        }

        if (activation == Activation.Softmax)
        {
            foreach (ref var output in outputs)
            {
                output /= sum;
            }
        }
    }

    private static string Shown(IReadOnlyList<string> labels) => string.Join(", ", labels.Take(8)) + (labels.Count > 8 ? ", ..." : "");
}
