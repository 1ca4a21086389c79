using AlignedProbing.Runs;
using AlignedProbing.Runs.Interventions;

namespace AlignedProbing.Analysis.Interventions;

/// <summary>What an intervention cost the texts, from what lies in its folder.</summary>
internal static class DamageAnalysis
{
    /// <summary>Adds up all chunks.</summary>
    /// <param name="name">The intervention's name.</param>
    /// <param name="folder">The run whose texts are looked at.</param>
    /// <param name="measured">Where its damage lies.</param>
    /// <param name="chunks">Number of chunks.</param>
    public static DamageFinding Of(string name, RunFolder folder, string measured, int chunks)
    {
        var texts = new TextDamage();
        var (divergence, given, own) = (new Sum(), new Sum(), new Sum());
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            texts.Add(folder.ReadContinuations(chunk));
            foreach (var row in DerivedRuns.ReadDamage(measured, chunk))
            {
                divergence.Add(row.Divergence, row.Tokens);
                given.Add(row.GivenLogProbability, row.GivenTokens);
                own.Add(row.OwnLogProbability, row.OwnTokens);
            }
        }

        return texts.Finding(name) with
        {
            Divergence = divergence.Mean,
            DivergenceTokens = divergence.Tokens,
            GivenPerplexity = given.Mean is { } mean ? Finite(Math.Exp(-mean)) : null,
            OwnPerplexity = own.Mean is { } written ? Finite(Math.Exp(-written)) : null,
        };
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private sealed class Sum
    {
        private double _sum;
        private bool _isBroken;

        public long Tokens { get; private set; }

        // A mean over the tokens that did not break would make the others look harmless.
        public double? Mean => Tokens == 0 || _isBroken ? null : _sum / Tokens;

        public void Add(double? sum, int tokens)
        {
            _isBroken |= sum is null && tokens > 0;
            (_sum, Tokens) = (_sum + (sum ?? 0), Tokens + tokens);
        }
    }
}
