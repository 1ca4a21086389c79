using AlignedProbing.Analysis.Behavior;
using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.RunComparisons;

/// <summary>
/// What the continuations of every run are like, whoever scored them: length, variety, repetition and perplexity, where these mean the same in all runs.
/// </summary>
internal sealed class TextComparison(IReadOnlyList<ComparedSource> runs, CommonPrompts common, ComparisonOptions options)
{
    public List<RunFigure> Figures { get; } = [];

    public List<RunDifference> Differences { get; } = [];

    /// <summary>Compares them.</summary>
    /// <param name="kDiffers">Whether some prompt has fewer continuations in one run than in another.</param>
    /// <param name="leftOut">Where what is not compared is told.</param>
    public void Add(bool kDiffers, List<LeftOut> leftOut)
    {
        if (!runs.All(run => run.Texts.HasAny))
        {
            leftOut.Add(
                new LeftOut(
                    "properties of the texts",
                    $"{string.Join(", ", runs.Where(run => !run.Texts.HasAny).Select(run => run.Name))} " +
                    $"{(runs.Count(run => !run.Texts.HasAny) == 1 ? "has" : "have")} no encodings"));
            return;
        }

        // Tokens are units of their tokenizer.
        var sameTokens = runs.Select(run => run.Manifest.Model.Sha256.GetValueOrDefault("tokenizer.json")).Distinct().Count() == 1;
        if (sameTokens)
        {
            Mean("length", (texts, prompt) => texts.Continuations[prompt] > 0 ? (double)texts.Tokens[prompt] / texts.Continuations[prompt] : double.NaN);
        }
        else
        {
            leftOut.Add(new LeftOut("length and perplexity", "they count tokens, and the tokenizers differ"));
        }

        for (var n = 1; n <= DistinctNGrams.Longest && !kDiffers; n++)
        {
            var order = n - 1;
            Mean($"distinct-{n}", (texts, prompt) => texts.Distinct[order][prompt]);
        }

        if (kDiffers)
        {
            leftOut.Add(new LeftOut("distinct-1 to distinct-4", "they fall with the number of continuations of a prompt, which differs"));
        }

        Mean("repetition-4", (texts, prompt) => texts.Repeated[prompt]);
        if (sameTokens)
        {
            Perplexity(BehaviorFinding.Texts, [.. runs.Select(run => run.Texts.Probabilities)]);
        }
    }

    /// <summary>
    /// Compares the perplexity of the continuations under one model that read those of all runs as a scorer; nothing where the scorer is none.
    /// </summary>
    public void AddReader(ScorerMatch scorer, CancellationToken cancellationToken)
    {
        LogProbabilities[] read = [.. runs.Select((run, place) => run.Scores(scorer.Names[place], cancellationToken).ContinuationTokens)];
        if (Array.TrueForAll(read, tokens => tokens.HasAny))
        {
            Perplexity(scorer.Label, read);
        }
    }

    private void Mean(string property, Func<StoredTexts, int, double> value)
    {
        double[][] values = [.. runs.Select((run, place) => (double[])[.. common.Positions[place].Select(prompt => value(run.Texts, prompt))])];
        int[] usable = [.. Enumerable.Range(0, common.Count).Where(prompt => Array.TrueForAll(values, run => !double.IsNaN(run[prompt])))];
        Add(property, "mean", usable, (run, drawn) =>
        {
            var sum = 0.0;
            foreach (var row in drawn)
            {
                sum += values[run][usable[row]];
            }

            return sum / drawn.Length;
        });
    }

    // Every token weighs the same, prompts are resampled.
    private void Perplexity(string reader, LogProbabilities[] probabilities)
    {
        int[] usable =
        [
            .. Enumerable
                .Range(0, common.Count)
                .Where(prompt => runs.Select((_, place) => probabilities[place].Tokens[common.Positions[place][prompt]]).All(tokens => tokens > 0)),
        ];
        Add("perplexity", "corpus", usable, (run, drawn) =>
        {
            var (sum, tokens) = (0.0, 0L);
            foreach (var row in drawn)
            {
                var prompt = common.Positions[run][usable[row]];
                sum += probabilities[run].Sum[prompt];
                tokens += probabilities[run].Tokens[prompt];
            }

            return Math.Exp(-sum / tokens);
        }, reader);
    }

    private void Add(string property, string metric, int[] usable, PairedFigure figure, string scorer = BehaviorFinding.Texts)
    {
        var samples = PairedSamples.Of(runs.Count, usable.Length, figure, options.ForBootstrap);
        for (var run = 0; run < runs.Count; run++)
        {
            Figures.Add(
                samples.Figure(
                    run,
                    new RunFigure
                    {
                        Kind = "texts",
                        Run = runs[run].Name,
                        Scorer = scorer,
                        Attribute = property,
                        Subset = "all",
                        Metric = metric,
                        N = usable.Length,
                    }));
            if (run > 0)
            {
                Differences.Add(
                    samples.Difference(
                        run,
                        new RunDifference
                        {
                            Kind = "texts",
                            Baseline = runs[0].Name,
                            Run = runs[run].Name,
                            Scorer = scorer,
                            Attribute = property,
                            Subset = "all",
                            Metric = metric,
                            N = usable.Length,
                        },
                        ComparisonEstimators.Behavior));
            }
        }
    }
}
