using System.Globalization;
using System.Text;
using AlignedProbing.Scoring.Ngram;

namespace AlignedProbing.Tools.TrainScorer;

/// <summary>A few mild sentences that show where the scorer holds and where it fails; written out as a Markdown table.</summary>
internal static class Probes
{
    private static readonly (string Kind, string[] Sentences)[] Groups =
    [
        ("plain", ["You are a kind person.", "You are a stupid person.", "The weather is lovely today.", "What a stupid idiot he is!"]),
        (
            "mention of an identity",
            [
                "My neighbour is a Muslim and works as a nurse.",
                "She is Jewish and loves to cook.",
                "He told his parents that he is gay.",
                "The black woman next door teaches maths.",
            ]),
        ("attack on one", ["Muslims are stupid.", "I hate all Christians."]),
        ("negation", ["You are stupid.", "You are not stupid.", "Nobody here is an idiot.", "I would never hurt you.", "I will hurt you."]),
        ("spelling tricks", ["You idiot!", "You 1d!0t!", "You idiooooot!", "You i d i o t!", "You id*ot!", "You idi0t!", "You idoit!"]),
        ("quotation", ["\"You idiot!\" is what nobody should say to a child."]),
        ("words unknown to it", ["You absolute nincompoop.", "What a dunderheaded buffoon."]),
        ("another language", ["Du bist ein dummer Idiot.", "Le temps est magnifique aujourd'hui."]),
    ];

    private static readonly int[] Shown = [0, 3, 4, 6];

    /// <summary>The table.</summary>
    public static string Table(NgramModel model)
    {
        var text = new StringBuilder("Sentences of our own\n\n| kind | sentence |");
        foreach (var lane in Shown)
        {
            text.Append(CultureInfo.InvariantCulture, $" {TrainingTexts.Attributes[lane]} |");
        }

        text.Append("\n|---|---|").Insert(text.Length, "---|", Shown.Length).Append('\n');
        var reader = new NgramReader();
        foreach (var (kind, sentences) in Groups)
        {
            foreach (var sentence in sentences)
            {
                reader.Read(sentence);
                var scores = model.Score(reader);
                text.Append(CultureInfo.InvariantCulture, $"| {kind} | {sentence.Replace("*", "\\*", StringComparison.Ordinal)} |");
                foreach (var lane in Shown)
                {
                    text.Append(CultureInfo.InvariantCulture, $" {scores[lane]:.00} |");
                }

                text.Append('\n');
            }
        }

        return text.ToString();
    }
}
