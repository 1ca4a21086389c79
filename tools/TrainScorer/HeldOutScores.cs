using System.Globalization;
using System.Text;
using AlignedProbing.Files;
using AlignedProbing.Scoring.Recorded;

namespace AlignedProbing.Tools.TrainScorer;

/// <summary>Out-of-fold scores as a file that <c>score --import</c> reads: what the scorer says of texts that it has not seen.</summary>
internal static class HeldOutScores
{
    private const int Decimals = 5;

    /// <summary>Writes it. Of texts that are there twice the first counts: the other's score, from another fold, would contradict it.</summary>
    public static void Write(string path, TrainingTexts texts, float[] scores)
    {
        var attributes = TrainingTexts.Attributes[..^1];
        var csv = new StringBuilder($"text_sha256,{string.Join(',', attributes)}\n");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < texts.Originals; i++)
        {
            var hash = TextHash.Of(texts.Texts[i]);
            if (seen.Add(hash))
            {
                csv.Append(hash);
                for (var lane = 0; lane < attributes.Length; lane++)
                {
                    csv.Append(',').Append(Math.Round((double)scores[(i * TrainingTexts.Lanes) + lane], Decimals).ToString(CultureInfo.InvariantCulture));
                }

                csv.Append('\n');
            }
        }

        AtomicWrite.Text(path, csv.ToString());
    }
}
