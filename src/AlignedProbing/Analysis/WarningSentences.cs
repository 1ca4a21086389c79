using System.Globalization;
using AlignedProbing.Analysis.Behavior;
using AlignedProbing.Runs;

namespace AlignedProbing.Analysis;

/// <summary>What a reader must know before believing a figure, as sentences; only what applies to this run.</summary>
internal static class WarningSentences
{
    private const int FewPrompts = 500;
    private const int FewToxic = 30;
    private const double ManyIncomplete = 0.05;
    private const double NearlyAll = 0.9;

    // SHA-256 of the prompt set that tools/TrainScorer learnt from.
    private const string NgramTrainingSet = "136d952c624f40668858b12aa7c7118e3e61105f07b5810096c941f0c8a3ccca";

    public static IReadOnlyList<Caveat> Of(
        AnalysisOptions options,
        PromptIndex prompts,
        StoredTexts texts,
        IReadOnlyList<StoredScores> scores,
        IReadOnlyList<BehaviorFinding> behavior,
        IReadOnlyList<InternalsFinding> internals,
        IReadOnlyList<MissingCount> unprobed,
        IEnumerable<string> probing)
    {
        var warnings = new CaveatList();
        if (Findings.DemoWarningOf(prompts.Manifest) is { } demo)
        {
            warnings.Add("demo", demo);
        }

        Unfinished(warnings, prompts, texts, scores, unprobed);
        if (internals.Count > 0 && internals.All(cell => cell is { R: null, Reason: MissingReason.TooFewRows }))
        {
            var found =
                prompts.Count < ProbeRun.FewestRows ? $"and this run has {Count(prompts.Count)}" : $"and fewer of this run's {Count(prompts.Count)} have them";
            warnings.Add(
                "layers",
                $"No probe was trained, so nothing is said of the layers: a probe takes at least {Count(ProbeRun.FewestRows)} prompts with a vector and a " +
                $"score, {found}. It takes some hundred for intervals that tell layers apart.",
                1);
        }
        else if (prompts.Count < FewPrompts && internals.Count > 0)
        {
            warnings.Add(
                "layers",
                $"This run has {Count(prompts.Count)} prompts. Intervals are wide, and probes trained on few rows read less than the layers hold: compare " +
                "information strength between runs of equal n only.",
                4);
        }

        if (prompts.Manifest.Model.RotaryByLengthAbove is { } length)
        {
            warnings.Add(
                "layers",
                $"This model turns positions by the length of the text once it is above {Count(length)} tokens. Every text took its own length here; " +
                "Hugging Face takes the longest text of a batch for all in it, so that its states of the same text differ with the batch.");
        }

        Untrained(warnings, internals);
        Scorers(warnings, scores);
        if (options.UseIncomplete)
        {
            warnings.Add(
                "behaviour",
                "EMT, TP and TC-max also use prompts of which only some continuations are scored, as some scripts do: a maximum over fewer texts is lower. " +
                "The curves over the number of continuations compare equal numbers.");
        }

        if (options.Reference)
        {
            var incomplete = behavior.Where(row => row is { Metric: "EMT", Subset: "all" }).Select(row => row.Missing).DefaultIfEmpty(0).Max();
            var lacking = incomplete == 0
                ? "none of which lacks a score here"
                : $"up to {Count(incomplete)} of which (by attribute) lack a score and count as not toxic";
            warnings.Add(
                "behaviour",
                "EMT-reference and TP-reference are computed as the paper's scripts do, for comparison with figures from them: TP-reference is a share of " +
                $"all prompts, {lacking}; toxic is above .5, not .5 itself.");
        }

        Continuations(warnings, prompts, behavior);
        Subsets(warnings, behavior);
        Pooling(warnings, prompts, texts, internals);
        foreach (var note in probing)
        {
            warnings.Add("layers", note);
        }

        return warnings.All();
    }

    private static void Unfinished(
        CaveatList warnings,
        PromptIndex prompts,
        StoredTexts texts,
        IReadOnlyList<StoredScores> scores,
        IReadOnlyList<MissingCount> unprobed)
    {
        var unfinished = new List<string>();
        if (texts.EncodedCount < prompts.Count && texts.HasAny)
        {
            unfinished.Add($"{Count(prompts.Count - texts.EncodedCount)} of {Count(prompts.Count)} prompts are not encoded");
        }

        unfinished.AddRange(
            scores
                .Where(scorer => scorer.UnscoredChunks > 0)
                .Select(scorer => $"{Count(scorer.UnscoredChunks)} of {Count(prompts.Chunks)} chunks are not scored by {scorer.Scorer}"));
        unfinished.AddRange(unprobed.Select(count => $"{Count(count.Count)} of {Count(count.Of)} layers are not there ({count.Where})"));
        if (unfinished.Count > 0)
        {
            warnings.Add(
                "behaviour",
                $"The run is not finished: {string.Join("; ", unfinished)}. The figures are those of what is there.",
                0);
        }
    }

    private static void Untrained(CaveatList warnings, IReadOnlyList<InternalsFinding> internals)
    {
        var probes = internals
            .Where(cell => cell.Control == "none" && cell.LastEpoch is not null)
            .GroupBy(cell => cell.Probe)
            .Select(probe => (Probe: probe.Key, Share: probe.Average(cell => cell.LastEpoch!.Value)))
            .Where(probe => probe.Share > Findings.MostStillLearning)
            .ToArray();
        if (probes.Length > 0)
        {
            var shares = probes.Select(probe => string.Create(CultureInfo.InvariantCulture, $"{probe.Share:0 %} of the fits of {probe.Probe}"));
            warnings.Add(
                "layers",
                $"Not trained out: in {string.Join(", ", shares)} the development loss still fell at the last epoch. What it reads, and where its " +
                "curve dips, is "
                    + "in part how long it was trained.",
                3);
        }
    }

    private static void Scorers(CaveatList warnings, IReadOnlyList<StoredScores> scores)
    {
        foreach (var scorer in scores)
        {
            if (scorer.PromptScores == "given" && scorer.Scorer != "given")
            {
                warnings.Add(
                "behaviour",
                $"Two scorers are mixed: the prompts' scores are the prompt set's own, the continuations' are {scorer.Scorer}'s. Toxic prompts, TC, " +
                    "Input and Forward rest on the one, EMT, TP, Output and Backward on the other.",
                2);
            }

            if (scorer.Versions.Count > 1)
            {
                warnings.Add(
                "behaviour",
                $"Scores by several versions of {scorer.Scorer} are mixed ({string.Join(", ", scorer.Versions)}): unlike scores stand side by side.",
                2);
            }

            if (scorer.Scorer == "ngram")
            {
                warnings.Add(
                "layers",
                "The built-in scorer ngram is nearly linear in the words of a text, and the embeddings of layer 0 hold these words: Output (and Input) " +
                    "at layer 0 come out higher than with a scorer that reads in context. It was made for short English texts.");
                if (scorer.Prompts.Manifest.Prompts.Sha256 == NgramTrainingSet)
                {
                    warnings.Add(
                "behaviour",
                "The built-in scorer ngram learnt from the prompts and given continuations of this very prompt set: on these texts its agreement " +
                        "with other scores is better than on texts it has not seen (docs/reference/scorers/ngram.md has the figures for those).",
                5);
                }
            }
        }
    }

    private static void Continuations(CaveatList warnings, PromptIndex prompts, IReadOnlyList<BehaviorFinding> behavior)
    {
        var lost = behavior
            .Where(row => row is { Metric: "EMT", Subset: "all", Missing: > 0 } && row.Missing > ManyIncomplete * (row.N + row.Missing))
            .MaxBy(row => row.Missing);
        if (lost is not null)
        {
            warnings.Add(
                "behaviour",
                $"EMT, TP and TC-max use prompts whose continuations are all scored: {Count(lost.Missing)} of {Count(lost.N + lost.Missing)} are left out " +
                $"({lost.Attribute}, {lost.Scorer}). Prompts that often lead to an empty or unscorable text are the ones that drop out.");
        }

        if (prompts.Manifest.Encoding.Continuations == "given")
        {
            warnings.Add(
                "behaviour",
                prompts.Expected.Distinct().Count() > 1
                    ? $"Prompts come with different numbers of continuations ({Count(prompts.Expected.Min())} to {Count(prompts.K)}): a maximum over more " +
                        "of them is higher, so EMT and TP mix unlike things."
                : prompts.K == 1
                    ? "Continuations are given, one a prompt, not the model's own: EMT and TP describe those texts, and Backward asks for that one text's " +
                        "score, not for a maximum over many."
                : "Continuations are given, not the model's own: EMT and TP describe those texts.");
        }
    }

    private static void Subsets(CaveatList warnings, IReadOnlyList<BehaviorFinding> behavior)
    {
        var small = behavior.Where(row => row is { Metric: "EMT", Subset: "toxic" } && row.N < FewToxic).ToArray();
        if (small.Length > 0)
        {
            warnings.Add(
                "behaviour",
                $"Few prompts are toxic for {string.Join(", ", small.Select(row => $"{row.Attribute.Replace('_', ' ')} (n = {Count(row.N)})"))}: figures of " +
                "toxic prompts rest on those alone.");
        }

        if (behavior.Any(row => row is { Metric: "TC", Subset: "toxic", Value: not null }))
        {
            warnings.Add(
                "behaviour",
                "TC within toxic or within other prompts tends to be lower than over all, because each subset spans a part of the prompts' scores only " +
                "(range restriction).");
        }
    }

    private static void Pooling(CaveatList warnings, PromptIndex prompts, StoredTexts texts, IReadOnlyList<InternalsFinding> internals)
    {
        if (internals.Count > 0 && prompts.Manifest.Measurement.Pooling == "mean" && texts.FirstTokenPooled > texts.EncodedCount / 2)
        {
            warnings.Add(
                "layers",
                "The first token the model reads is part of the pooled prompt (no begin-of-text token before it). Where it is an attention sink, its large " +
                "state swamps the mean and input vectors encode the prompt's length: 'mean-without-first' is the pooling to compare with.");
        }

        var kept = texts.Lengths.Values.Sum();
        if (
            kept > 0
            && internals.Any(cell => cell is { Attribute: "length", Scenario: Scenario.Output or Scenario.Backward })
            && texts.Lengths.Values.Max() >= NearlyAll * kept)
        {
            var (length, count) = texts.Lengths.MaxBy(pair => pair.Value);
            warnings.Add(
                "layers",
                $"{Count(count)} of {Count(kept)} continuations have exactly {Count(length)} tokens: probes of their length are meaningless, and missing " +
                "where it does not vary at all.");
        }
    }

    private static string Count(int value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
