using AlignedProbing.Cli;
using AlignedProbing.Fuzz.Mutations;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Fuzz.Targets;

/// <summary>Files of a run folder that came to harm, and files that the command line reads; each is read by the verbs that use it.</summary>
internal static class RunTargets
{
    private static readonly JsonMutator Json = new();
    private static readonly LineMutator JsonLines = new(new JsonMutator());
    private static readonly ByteMutator Bytes = new();

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        File("manifest.json", Json, ["status", "run"], ["analyse", "run"]) with { Sources = ["AlignedProbing/Runs/RunFolder.cs"] },
        File("findings.json", Json, ["report", "run"]),
        File("scores/ngram/options.json", Json, ["analyse", "run"], ["compare", "run", "other", "--output", "compared"]) with
        {
            Sources = ["AlignedProbing/Analysis/RunComparisons/MadeFacts.cs"],
        },
        File("probes/ridge-standardised/ngram/options.json", Json, ["analyse", "run"]) with { Sources = ["AlignedProbing/Analysis/ProbeNotes.cs"] },
        File("encodings/00000/unit.json", Json, ["verify", "run"], ["report", "run"], ["compare", "run", "other", "--output", "compared"]) with
        {
            Sources =
            [
                "AlignedProbing/Reports/Html/UnitFacts.cs",
                "AlignedProbing/Runs/Units/UnitSums.cs", "AlignedProbing.Torch/Running/Estimates/Estimator.cs",
            ],
        },
        File("prompts.jsonl", JsonLines, ["analyse", "run"]) with { Sources = ["AlignedProbing/Files/JsonLines.cs"] },
        File("scores/ngram/00000.jsonl", JsonLines, ["analyse", "run"]),
        File("encodings/00000/rows.jsonl", JsonLines, ["probe", "run", "--probe", "mean", "--layers", "0"]),
        File("encodings/00000/continuations.jsonl", JsonLines, ["analyse", "run"]),
        File("encodings/00000/input.mean.npy", Bytes, ["probe", "run", "--probe", "mean", "--layers", "0"]),
        File("probes/ridge-standardised/ngram/layer-00.jsonl", JsonLines, ["analyse", "run"]),
        File("probes/ridge-standardised/ngram/layer-00.predictions.npy", Bytes, ["analyse", "run"]),
        new("failure of a unit", Json, () => [Corpus.Text("""{"unit":"encodings/00000","message":"no room","attempts":1}""")], (folder, bytes) =>
        {
            Fill(folder);
            System.IO.File.WriteAllBytes(folder["run/encodings/00001.failed.json"], bytes);
            Verb(folder, "status", "run");
        })
        {
            Sources = ["AlignedProbing/Runs/Units/UnitStore.cs"],
        },
        new("study.json", Json, () =>
            [Corpus.Text("""{"format":1,"name":"s","options":{},"members":[{"name":"a","run":"run","family":"f","settings":{"seed":"1"}}]}""")],
            (folder, bytes) =>
        {
            Fill(folder);
            folder.Write("study.json", bytes);
            Verb(folder, "study", "status", ".");
        })
        {
            Sources = ["AlignedProbing/Runs/Studies/StudyFolder.cs"],
        },
        new(
            "study file",
            new LineMutator(),
            () => [Corpus.Text("name: s\nprompts: demo\nsamples: [2, 3]\nmodels:\n  - a\n  - {model: b, family: f, seed: 1}\n")],
            (folder, bytes) => AlignedProbing.Studies.StudyFile.Read(folder.Write("study.yaml", bytes))),
        new(
            "options from a file",
            Json,
            () => [Corpus.Text("""{"json":true,"correction":"holm"}""")],
            (folder, bytes) =>
            {
                Fill(folder);
                folder.Write("options.json", bytes);
                Verb(folder, "analyse", "run", "--config", "options.json");
            })
        {
            Sources = ["AlignedProbing.Cli/Options/ConfigFile.cs"],
        },
        new("list of texts", Json, () => [Corpus.Text("""["Hello there","\ud83d\ude00",""]""")], (folder, bytes) =>
        {
            folder.Once("tokenizer", inside => inside.Write("tokenizer.json", Corpus.Tokenizers().First()));
            folder.Write("texts.json", bytes);
            Verb(folder, "inspect", "tokens", "--tokenizer", "tokenizer.json", "--strings", "texts.json");
        })
        {
            Sources = ["AlignedProbing.Cli/Verbs/InspectTokensVerb.cs"],
        },
        new(".env", new LineMutator(), () => [Corpus.Text("# keys\nexport A=\"b\"\nHF_TOKEN = 'x'\nPORT=1\n")], (folder, bytes) =>
        {
            folder.Write(".env", bytes);
            Verb(folder, "ls", ".");
        }),
    ];

    private static FuzzTarget File(string name, IMutator mutator, params string[][] verbs) =>
        new($"run: {name}", mutator, () => [Whole(name)], (folder, bytes) =>
        {
            Fill(folder);
            var path = folder[Path.Combine("run", name)];
            System.IO.File.WriteAllBytes(path, bytes);
            if (Directory.Exists(folder["run/probes/mean"]))
            {
                // What is done is not done again.
                Directory.Delete(folder["run/probes/mean"], recursive: true);
            }

            foreach (var verb in verbs)
            {
                Verb(folder, verb);
            }
        });

    // A whole run, analysed once, so that it has findings.
    private static readonly Lazy<string> Home = new(() =>
    {
        var home = new FuzzFolder(new TemporaryFolder().FullPath);
        home.CopyFrom(Corpus.Own("test", "AlignedProbing.Cli.Tests", "Runs", "Fixtures"));
        Directory.Move(home["version-1"], home["run"]);
        Verb(home, "analyse", "run");
        var other = new FuzzFolder(Directory.CreateDirectory(home["other"]).FullName);
        other.CopyFrom(home["run"]);
        return home.FullPath;
    });

    private static byte[] Whole(string name) => System.IO.File.ReadAllBytes(Path.Combine(Home.Value, "run", name));

    private static void Fill(FuzzFolder folder) => folder.Once("run", inside => inside.CopyFrom(Home.Value));

    private static void Verb(FuzzFolder folder, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var host = new Host
        {
            Output = output,
            OpenOutput = () => new MemoryStream(),
            Error = error,
            IsTerminal = false,
            OutputIsTerminal = false,
            Variable = _ => null,
            WorkingFolder = folder.FullPath,
        };
        var code = CommandLine.RunAsync(arguments, host, CancellationToken.None).GetAwaiter().GetResult();
        if (code == ExitCode.Fault)
        {
            throw new InvalidOperationException($"{string.Join(' ', arguments)}: {error}");
        }

        if (code != ExitCode.Done)
        {
            throw new InputException("wrong-usage", string.Join(' ', arguments), error.ToString(), "");
        }
    }
}
