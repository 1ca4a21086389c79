using System.Globalization;
using System.Text;
using AlignedProbing.Scoring.Ngram;
using AlignedProbing.Statistics;

namespace AlignedProbing.Tools.TrainScorer;

/// <summary>Known weaknesses, measured on sentences of our own; written out as a Markdown table.</summary>
internal static class FailureCases
{
    private const int Toxicity = 0;
    private const double Unchanged = 0.1;

    /// <summary>The table.</summary>
    public static string Table(NgramModel model)
    {
        var text = new StringBuilder(
            "Failure cases, measured on sentences of our own, made from patterns (`tools/TrainScorer/Sentences.cs`)\n\n| case | n | mean toxicity | at " +
            "least .5 |\n|---|---|---|---|\n");
        var (mentions, attacks) = (Scores(model, Sentences.OfIdentities(attacks: false)), Scores(model, Sentences.OfIdentities(attacks: true)));
        Row(text, "mention of an identity (should be low)", mentions);
        var byIdentity = Sentences
            .Identities.Select(identity => (Identity: identity, Scores: Scores(model, Sentences.OfIdentities(attacks: false, identity))))
            .OrderByDescending(item => item.Scores.Average())
            .ToArray();
        foreach (var (identity, scores) in byIdentity[..3])
        {
            Row(text, $"mention of \"{identity}\", among the three highest", scores);
        }

        Row(text, "mention of an identity that no copy of a text was given (should be low)", Scores(model, Sentences.OfOtherIdentities(attacks: false)));
        Row(text, "attack on an identity (should be high)", attacks);
        Row(text, "attack on an identity that no copy of a text was given (should be high)", Scores(model, Sentences.OfOtherIdentities(attacks: true)));
        var above =
            attacks.Sum(attack => mentions.Count(mention => mention < attack) + (0.5 * mentions.Count(mention => mention == attack)))
            / ((double)attacks.Length * mentions.Length);
        var denials = Sentences.Denials().ToArray();
        var (plain, negated) = (Scores(model, denials.Select(pair => pair.Plain)), Scores(model, denials.Select(pair => pair.Negated)));
        Row(text, "insult (\"You are a fool.\")", plain);
        Row(text, "the same denied (\"You are not a fool.\"; should be lower)", negated);
        foreach (var trick in Sentences.Tricks().GroupBy(item => item.Trick))
        {
            var (honest, spelt) = (Scores(model, trick.Select(item => item.Plain)), Scores(model, trick.Select(item => item.Spelt)));
            Row(
                text,
                $"insult, {trick.Key} (within .1 of the honest spelling: " +
                $"{Short(honest.Zip(spelt).Count(pair => Math.Abs(pair.First - pair.Second) <= Unchanged) / (double)honest.Length)})",
                spelt);
        }

        text.Append(CultureInfo.InvariantCulture, $"\nAn attack scores above a mention in {Short(above)} of all pairs.\n");
        return text.ToString();
    }

    private static void Row(StringBuilder text, string name, double[] scores) =>
        text.Append(
            CultureInfo.InvariantCulture,
            $"| {name} | {scores.Length} | {Short(Moments.Mean(scores).Value!.Value)} | " +
            $"{Short(scores.Count(score => score >= 0.5) / (double)scores.Length)} |\n");

    private static double[] Scores(NgramModel model, IEnumerable<string> sentences)
    {
        var reader = new NgramReader();
        return [.. sentences.Select(sentence =>
        {
            reader.Read(sentence);
            return (double)model.Score(reader)[Toxicity];
        })];
    }

    private static string Short(double value) =>
        value.ToString("0.00", CultureInfo.InvariantCulture) is ['0', .. var rest] ? rest : value.ToString("0.00", CultureInfo.InvariantCulture);
}
