using AlignedProbing.Files;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.RunComparisons;

/// <summary>How runs were made, field by field: their manifests, and what is noted beside their scores, probes and chunks.</summary>
internal static class MadeFacts
{
    // What a manifest says of scoring and probing is what was to be done unless asked otherwise; what was done is noted where it was done.
    private static readonly string[] NotCompared = ["format", "demo", "measurement"];
    private static readonly string[] OfChunks = ["version", "torch_sharp", "instruction_set", "device"];

    /// <summary>All facts of all runs, in the order of the files.</summary>
    public static IReadOnlyList<ComparedFact> Of(IReadOnlyList<ComparedSource> runs)
    {
        var ofRuns = runs.Select(Of).ToArray();
        CollapseWhereAbsent(ofRuns);
        return
        [
            .. ofRuns
                .SelectMany(facts => facts.Keys)
                .Distinct()
                .Select(name => new ComparedFact(name, [.. ofRuns.Select(facts => facts.GetValueOrDefault(name))])),
        ];
    }

    /// <summary>
    /// The groups of facts in which a run differs from the baseline; what makes no difference to figures (the size of chunks), and what only one of the two
    /// has, is left out.
    /// </summary>
    /// <param name="facts">The facts.</param>
    /// <param name="run">The run's place.</param>
    public static IReadOnlyList<string> Changed(IReadOnlyList<ComparedFact> facts, int run) =>
        [.. facts.Where(fact => fact.Values[0] != fact.Values[run]).Select(fact => Group(fact, run)).OfType<string>().Distinct()];

    private static string? Group(ComparedFact fact, int run)
    {
        var parts = fact.Name.Split('.');
        return (parts[0], parts.ElementAtOrDefault(1)) switch
        {
            ("model", "precision") => "precision",
            ("model", "adapter") => "adapter",
            ("model", "revision" or "commit") => "revision",
            ("model", "rotary_by_length_above") => null,
            ("model", _) => "model",
            ("prompts", _) => "prompts",
            ("encoding", "chunk") => null,
            ("encoding", "seed") => "seed",
            ("encoding", "continuations") => "continuations",
            ("encoding", "template" or "template_system" or "template_user" or "chat_template") => "template",
            ("encoding", "pooling" or "reference_pooling" or "keep" or "vector_type") => "vectors",
            ("encoding", _) => "sampling",
            ("scores", _) when IsIdentity(parts[^1]) && fact.Values[0] is not null && fact.Values[run] is not null => "scorer",
            ("probes", _) when !ProbeMatch.IsChoice(parts[^1]) && fact.Values[0] is not null && fact.Values[run] is not null => "probe",
            ("chunks", "version") => "program version",
            _ => null,
        };
    }

    private static bool IsIdentity(string field) => field is "version" or "sha256" or "prompt_scores";

    private static Dictionary<string, string> Of(ComparedSource run)
    {
        var facts = new Dictionary<string, string>(StringComparer.Ordinal);
        var manifest = JsonSerializer.SerializeToNode(run.Manifest, RecordJson.Line)!.AsObject();
        foreach (var (name, value) in manifest.Where(pair => !NotCompared.Contains(pair.Key)))
        {
            Add(facts, name, value);
        }

        foreach (var scorer in run.Folder.Scorers())
        {
            Add(facts, $"scores.{scorer}", Options(run.Folder.ScorerFolder(scorer)));
        }

        foreach (var probe in run.Folder.Probes())
        {
            foreach (var scorer in run.Folder.ProbeScorers(probe))
            {
                Add(facts, $"probes.{probe}.{scorer}", Options(run.Folder.ProbeFolder(probe, scorer)));
            }
        }

        foreach (var note in OfChunks)
        {
            Add(facts, $"chunks.{note}", Notes(run, note));
        }

        return facts;
    }

    // What was done in some runs alone is one fact, not one for each of its options.
    private static void CollapseWhereAbsent(Dictionary<string, string>[] ofRuns)
    {
        foreach (var stage in ofRuns.SelectMany(facts => facts.Keys).Select(StageOf).OfType<string>().Distinct().ToArray())
        {
            var fields = ofRuns.Select(facts => facts.Keys.Where(name => StageOf(name) == stage).ToArray()).ToArray();
            if (fields.All(names => names.Length > 0))
            {
                continue;
            }

            foreach (var (facts, names) in ofRuns.Zip(fields).Where(pair => pair.Second.Length > 0))
            {
                Array.ForEach(names, name => facts.Remove(name));
                facts[stage] = "done";
            }
        }
    }

    // "scores.ngram" of "scores.ngram.version", "probes.linear.ngram" of "probes.linear.ngram.seeds"; names of scorers may hold dots, names of fields do not,
    // and details are a level deeper.
    private static string? StageOf(string fact) =>
        fact.Split('.')[0] switch
        {
            "scores" => fact.Contains(".details.", StringComparison.Ordinal)
                ? fact[..fact.IndexOf(".details.", StringComparison.Ordinal)]
                : fact[..fact.LastIndexOf('.')],
            "probes" => fact[..fact.LastIndexOf('.')],
            _ => null,
        };

    /// <summary>What is noted in a stage's folder; null where nothing is.</summary>
    /// <exception cref="InputException">It is no JSON object.</exception>
    public static JsonObject? Options(string stageFolder)
    {
        var path = RunFolder.StageManifestPath(stageFolder);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return ForeignJson.Node(File.ReadAllBytes(path)) as JsonObject ?? throw PromptIndex.Broken("it is no JSON object", path);
        }
        catch (JsonException error)
        {
            throw PromptIndex.Broken($"it is no JSON ({error.Message})", path);
        }
    }

    // Every chunk says who made it; a damaged note says nothing and harms nothing.
    private static JsonArray? Notes(ComparedSource run, string name)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        for (var chunk = 0; chunk < run.Index.Chunks; chunk++)
        {
            var path = Path.Combine(run.Folder.EncodingFolder(chunk), "unit.json");
            try
            {
                if (File.Exists(path) && ForeignJson.Node(File.ReadAllBytes(path))?[name] is JsonValue value)
                {
                    found.Add(value.ToString());
                }
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException)
            {
                continue;
            }
        }

        return found.Count == 0 ? null : [.. found.Select(note => JsonValue.Create(note))];
    }

    private static void Add(Dictionary<string, string> facts, string name, JsonNode? value)
    {
        if (value is JsonObject fields)
        {
            foreach (var (field, inner) in fields)
            {
                Add(facts, $"{name}.{field}", inner);
            }
        }
        else if (value is not null)
        {
            facts[name] = Text(value);
        }
    }

    /// <summary>A value as it is told people: lists with commas.</summary>
    public static string Text(JsonNode value) =>
        value is JsonArray list ? string.Join(", ", list.Select(item => item?.ToString() ?? "").DefaultIfEmpty("none")) : value.ToString();
}
