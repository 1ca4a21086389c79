namespace AlignedProbing.Cli;

/// <summary>Examples that help shows, by verb.</summary>
internal static class Examples
{
    private static readonly Dictionary<string, IReadOnlyList<(string Command, string Purpose)>> ByVerb = new(StringComparer.Ordinal)
    {
        ["aligned-probing"] =
        [
            ("aligned-probing run", "The demo: a tiny model, prompts and scorer that come with the program."),
            ("aligned-probing run --model HuggingFaceTB/SmolLM2-135M-Instruct --prompts allenai/real-toxicity-prompts --limit 200 --output my-run",
                "A real model on a prompt set, both from the Hub."),
        ],
        ["doctor"] = [("aligned-probing doctor", "Libtorch, processor, GPUs, Hub, folders, Redis, Slurm: a line each.")],
        ["plan"] =
        [
            (
                "aligned-probing plan --model MODEL --prompts rtp.jsonl --limit 200 --output my-run",
                "The options of 'run': memory, disk, hours and paid calls, and what does not fit."),
        ],
        ["run"] =
        [
            ("aligned-probing run", "The demo: a tiny model, prompts and scorer that come with the program."),
            (
                "aligned-probing run --model HuggingFaceTB/SmolLM2-135M-Instruct --prompts allenai/real-toxicity-prompts --limit 200 --output my-run",
                "25 continuations of 20 tokens for each of 200 prompts, scored, probed, reported."),
            (
                "aligned-probing run --model MODEL --prompts rtp.jsonl --continuations given",
                "The prompt set's own continuations and scores: no sampling, no scorer."),
        ],
        ["encode"] =
        [
            (
                "aligned-probing encode --model MODEL --prompts rtp.jsonl --output my-run --shard 0/4",
                "A quarter of the chunks; three more machines do the others."),
        ],
        ["score"] =
        [
            ("aligned-probing score my-run --scorer ngram", "Score a run's prompts and continuations."),
            ("aligned-probing score my-run --import ratings.csv --scorer humans", "Scores from elsewhere take part as a scorer of their own."),
            ("aligned-probing score my-run --scorer ngram --export scores.jsonl", "Keep or share scores; another run imports them."),
            ("aligned-probing score --texts texts.txt", "Score any texts: plain lines, or JSONL with \"text\"; one JSON line out for each line in."),
        ],
        ["compare-scorers"] =
        [
            ("aligned-probing compare-scorers my-run", "All scorers of a run, each against each."),
            ("aligned-probing compare-scorers --scores mine.csv theirs.jsonl --output scorers.csv", "Files of scores of the same texts."),
        ],
        ["probe"] =
        [
            ("aligned-probing probe my-run --probe ridge --layers 0,6,12-18", "Train ridge probes on some layers."),
            ("aligned-probing probe --vectors x.npy --labels y.csv --label toxicity --output runs.csv", "Probe vectors of your own; one line a probe."),
        ],
        ["analyse"] = [("aligned-probing analyse my-run", "Join scores and probes into findings.json, behavior.csv and internals.csv.")],
        ["explain"] = [("aligned-probing explain options-differ", "What that error means, and what to do.")],
        ["completion"] = [("aligned-probing completion bash", "The script for bash; its first line says where to put it.")],
        ["report"] = [("aligned-probing report my-run", "Write report.html and report.md from findings.json.")],
        ["submit"] =
        [
            (
                "aligned-probing submit --model MODEL --prompts rtp.jsonl --output my-run --to slurm --tasks 40 --dry-run",
                "The options of 'run'; job scripts for each stage. Without --dry-run they go to Slurm."),
        ],
        ["status"] = [("aligned-probing status my-run", "How many units of each stage are done, in work, failed and missing.")],
        ["verify"] = [("aligned-probing verify my-run", "Whether every file is what was written, by its SHA-256.")],
        ["ls"] = [("aligned-probing ls runs", "All runs below a folder, with their state, EMT and peaks.")],
        ["compare"] =
        [
            (
                "aligned-probing compare runs/full runs/four_bit runs/eight_bit --output precisions",
                "What quantisation changes: each against the first, paired by prompt."),
            ("aligned-probing compare before after --attributes toxicity --probe linear", "One attribute and probe: done in seconds on large runs."),
            ("aligned-probing compare mine theirs --across-scorers", "Runs scored by unlike scorers, on your word; labelled everywhere."),
        ],
        ["intervene"] =
        [
            ("aligned-probing intervene my-run --bypass each --model MODEL", "What becomes of behaviour without one block, for each block."),
            ("aligned-probing intervene my-run --ablate toxicity:Input:10", "Does the model act on what the probe reads there? Against random directions."),
            ("aligned-probing intervene my-run --steer toxicity:Input:10 --by -2,-1,1,2", "Push along it, both ways."),
        ],
        ["interplay"] =
        [
            (
                "aligned-probing interplay --strengths strengths.csv --behavior behavior.csv --output interplay",
                "Do models that encode more behave otherwise? From tables of your own."),
        ],
        ["study run"] =
        [
            ("aligned-probing study run study.yaml", "Every run of the file that is not complete; the same command goes on after an interruption."),
            ("aligned-probing study run study.yaml --output studies/one", "In a folder of your choice."),
        ],
        ["study report"] =
        [
            ("aligned-probing study report study.yaml", "The page and the tables of the runs that are complete, at any time."),
            ("aligned-probing study report runs/my-study --resamples 200", "Quicker, with rougher intervals."),
        ],
        ["study demo"] = [("aligned-probing study demo", "Twelve small runs and their page, in two or three minutes.")],
        ["study status"] = [("aligned-probing study status study.yaml", "How far each run has come; also while the study goes on.")],
        ["model"] =
        [
            (
                "aligned-probing inspect model --model MODEL --expected expected.safetensors",
                "Is what we compute what Hugging Face computes? Exit code 0 where it is."),
        ],
        ["tokens"] =
        [
            ("aligned-probing inspect tokens --tokenizer MODEL --text \"Hello there\"", "Ids, offsets and decoded text of one text."),
            ("aligned-probing inspect tokens --tokenizer MODEL --strings texts.json --output tokens.json", "The same of every text of a JSON list."),
        ],
        ["chat"] =
        [
            (
                "aligned-probing inspect chat --model MODEL --user \"Hello there\" --system \"Be brief.\"",
                "What the chat template makes of a prompt, and which tokens are the prompt's."),
            ("aligned-probing inspect chat --check templates.json", "Render every case of a file and compare."),
        ],
    };

    /// <summary>The examples of a verb; none where it needs none.</summary>
    public static IReadOnlyList<(string Command, string Purpose)> Of(string verb) => ByVerb.GetValueOrDefault(verb) ?? [];
}
