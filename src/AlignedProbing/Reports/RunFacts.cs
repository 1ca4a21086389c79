using System.Globalization;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports;

/// <summary>What was asked and of what, as pairs of a name and a value.</summary>
internal static class RunFacts
{
    public static IReadOnlyList<(string Name, string Value)> Of(Findings findings)
    {
        var (model, prompts, encoding, measurement) = (
            findings.Manifest.Model,
            findings.Manifest.Prompts,
            findings.Manifest.Encoding,
            findings.Manifest.Measurement);
        var facts = new List<(string, string)>
        {
            (
                "Model",
                $"{model.Name} ({model.Architecture}; {NumberText.Count(model.Layers - 1)} blocks, width " +
                $"{NumberText.Count(model.Width)}{Parameters(model.Parameters)}; precision {model.Precision})"),
        };
        if (model.Revision is { } revision)
        {
            facts.Add(("Revision", model.Commit is { } commit && commit != revision ? $"{revision} (commit {commit})" : revision));
        }

        if (model.Adapter is { } adapter)
        {
            facts.Add(("Adapter", adapter.Commit is { } adapterCommit ? $"{adapter.Name} (commit {adapterCommit})" : adapter.Name));
        }

        facts.Add(("Prompts", PromptsUsed(prompts)));
        facts.Add(
            (
                "Continuations",
                encoding.Continuations == "given"
                    ? $"{Wording.Continuations(findings.Manifest)}, from the prompt set, run through the model"
                    : Sampling(findings.Manifest)));
        facts.Add(
            (
                "Template",
                string.Create(CultureInfo.InvariantCulture, $"number {encoding.Template}; chat template {(encoding.ChatTemplate ? "applied" : "not applied")}"))
        );
        facts.Add(
            (
                "Vectors",
                $"{string.Join(", ", encoding.Pooling)} over tokens{(encoding.ReferencePooling ? ", pooled as the paper's scripts do" : "")}, stored as " +
                $"{encoding.VectorType}; probed: {measurement.Pooling}"));
        foreach (var scorer in findings.Scorers)
        {
            facts.Add(
                (
                    "Scorer",
                    $"{scorer.Name}, version {string.Join(" and ", scorer.Versions)}; prompts' scores: " +
                    $"{(scorer.PromptScores == "given" ? "the prompt set's own" : "its own")}"));
        }

        facts.Add(("Probes", string.Join(", ", findings.Internals.Select(row => Wording.Probe(row.Probe, row.Control)).Distinct().DefaultIfEmpty("none"))));
        if (findings.Analysis is { } analysis)
        {
            if (analysis.Reference)
            {
                facts.Add(("Reference", "EMT and TP stand beside themselves as the paper's scripts compute them"));
            }

            facts.Add(
                (
                    "Intervals",
                    $"{NumberText.Count(analysis.Resamples)} bootstrap resamples, seed {analysis.Seed.ToString(CultureInfo.InvariantCulture)}; analysed by " +
                    $"version {analysis.Version}"));
        }

        return facts;
    }

    private static string PromptsUsed(PromptSetManifest prompts)
    {
        var text = prompts.Prompts == prompts.Used
            ? $"{NumberText.Count(prompts.Used)} of {NumberText.Count(prompts.Read)} read from {prompts.Name}"
            : $"{NumberText.Count(prompts.Prompts)}, from {NumberText.Count(prompts.Used)} of {NumberText.Count(prompts.Read)} rows read from {prompts.Name}";
        if (prompts.Limit is { } limit)
        {
            text += $" (limit {NumberText.Count(limit)})";
        }

        return prompts.LeftOut.Count == 0
            ? text
            : $"{text}; left out: {string.Join(", ", prompts.LeftOut.Select(pair => $"{NumberText.Count(pair.Value)} {Wording.Reason(pair.Key)}"))}";
    }

    private static string Sampling(Manifest manifest)
    {
        var encoding = manifest.Encoding;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Wording.Continuations(manifest)}, at most {encoding.MaxNewTokens} tokens, temperature {encoding.Temperature}, top-p {encoding.TopP}, top-k " +
            $"{(encoding.TopK == 0 ? "off" : encoding.TopK)}, seed {encoding.Seed}");
    }

    private static string Parameters(long parameters) => parameters switch
    {
        0 => "",
        < 1_000_000 => $", {NumberText.Count(parameters)} parameters",
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $", {parameters / 1e6:0.0} million parameters"),
        _ => string.Create(CultureInfo.InvariantCulture, $", {parameters / 1e9:0.0} billion parameters"),
    };
}
