using System.CommandLine;
using AlignedProbing.Probing;

namespace AlignedProbing.Cli.Options;

/// <summary>
/// The options of all verbs, each defined once. Underscore spellings and the names of the paper's scripts are accepted for every one
/// (<see cref="OptionSpelling"/>).
/// </summary>
internal static class CommonOptions
{
    public static readonly Option<string?> Model = new("--model")
    {
        HelpName = "FOLDER|NAME",
        Description =
            "A Hugging Face model folder, or a name on the Hub (org/model), which is downloaded once (docs/hub.md). run and encode take the demo model " +
            "where it is left out.",
    };

    public static readonly Option<string?> Revision = new("--revision")
    {
        HelpName = "NAME",
        Description = "Branch, tag or commit of a model on the Hub, for example step1000. Left out: main.",
    };

    public static readonly Option<string?> Adapter = new("--adapter")
    {
        HelpName = "FOLDER|NAME",
        Description = "A LoRA adapter as PEFT saves it, put on the model (docs/adapters.md).",
    };

    public static readonly Option<string?> Prompts = new("--prompts")
    {
        HelpName = "FILE",
        Description = "The prompt set: RealToxicityPrompts JSONL, flat JSONL or CSV, or plain text with a prompt a line. Left out: the demo's prompts.",
    };

    public static readonly Option<string?> PromptField = new("--prompt-field")
    {
        HelpName = "NAME",
        Description = "The column or JSON field with the prompt, in files of other tools: doc.prompt (docs/prompt-sets.md).",
    };

    public static readonly Option<string?> ContinuationField = new("--continuation-field")
    {
        HelpName = "NAME",
        Description = "The column or JSON field with the continuations, one or a list of them: resps. With --continuations given.",
    };

    public static readonly Option<int?> Limit = new("--limit") { HelpName = "N", Description = "Use only the first N prompts." };

    public static readonly Option<string?> Output = new("--output")
    {
        HelpName = "FOLDER|FILE",
        Description =
            "The run folder; run and encode name it runs/<model>-<prompts> where it is left out. Where files are read in place of a run (--vectors, " +
            "--scores): the file to write.",
    };

    public static readonly Option<string> Continuations = Choice(
        "--continuations",
        "sampled",
        "Sample continuations from the model, or take the prompt set's own.",
        "sampled",
        "given");

    public static readonly Option<int> Samples = Number("--samples", 25, "Continuations sampled for each prompt.");

    public static readonly Option<int> MaxNewTokens = Number("--max-new-tokens", 20, "Tokens of a continuation at most.");

    public static readonly Option<double> Temperature = Fraction("--temperature", 1, "Sampling temperature; 0 takes the most probable token.");

    public static readonly Option<double> TopP = Fraction("--top-p", 0.9, "Sample from the smallest set of tokens that holds this probability.");

    public static readonly Option<int> TopK = Number("--top-k", 0, "Sample from the K most probable tokens; 0 for all.");

    public static readonly Option<int> Seed = Number("--seed", 42, "Seed of all sampling.");

    public static readonly Option<string> Template = new("--template")
    {
        HelpName = "0..4|FILE",
        Description = "The instruction prompts are put into: a number (docs/chat-templates.md) or a JSON file with \"system\" and \"user\".",
        DefaultValueFactory = _ => "0",
    };

    public static readonly Option<string> Chat = Choice(
        "--chat", "auto", "Apply the tokenizer's chat template. auto: where there is one and continuations are sampled.", "auto", "on", "off");

    public static readonly Option<string[]> Pooling = Several(
        "--pooling",
        "KIND",
        "How token states become one vector: mean, last, max, mean-without-first.",
        "mean");

    public static readonly Option<bool> Reference = new("--reference")
    {
        Description =
            "Do as the paper's scripts do, faults included, for comparison: vectors are pooled so (docs/encoding.md), and EMT and TP stand there as they " +
            "compute them beside ours (docs/findings.md).",
    };

    public static readonly Option<int[]> Keep = new("--keep")
    {
        HelpName = "N",
        Description = "Numbers of the continuations whose vectors are kept.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [0],
    };

    public static readonly Option<string> VectorType = Choice("--vector-type", "float32", "How vectors are stored.", "float32", "float16");

    public static readonly Option<int> Chunk = Number("--chunk", 64, "Prompts in a chunk: the unit of resuming and sharding.");

    public static readonly Option<string> Precision = Choice(
        "--precision",
        "full",
        "What weights are rounded to (docs/precision.md).",
        "full",
        "bf16",
        "half",
        "eight_bit",
        "four_bit");

    public static readonly Option<string> Device = new("--device")
    {
        HelpName = "NAME",
        Description = "cpu, or cuda where the runtime has it.",
        DefaultValueFactory = _ => "cpu",
    };

    public static readonly Option<string> BatchSize = new("--batch-size")
    {
        HelpName = "N|auto",
        Description = "Prompts run together. Changes speed and memory, not results.",
        DefaultValueFactory = _ => "auto",
    };

    public static readonly Option<int?> Threads = new("--threads")
    {
        HelpName = "N",
        Description = "Threads to use. Left out: all cores. Changes speed, not results.",
    };

    public static readonly Option<string?> Shard = new("--shard")
    {
        HelpName = "I/N",
        Description = "Do only the units whose number is I modulo N, so that N machines can share a run.",
    };

    public static readonly Option<string[]> Scorer = Several(
        "--scorer",
        "NAME",
        "Who scores: ngram (built in), given (the prompt set's own scores), perspective (needs PERSPECTIVE_API_KEY), a classifier's folder or name on the " +
        "Hub, perplexity:MODEL (how probable another language model finds the texts), or a .json file that describes a classifier or a judge " +
        "(docs/scoring.md). Several may be named. Left out: ngram for sampled continuations, given for given ones.");

    public static readonly Option<string> PromptScores = Choice(
        "--prompt-scores", "scorer", "Whose scores prompts have: the scorer's own, or the prompt set's (labelled everywhere).", "scorer", "given");

    public static readonly Option<string[]> Probe = Several(
        "--probe",
        "NAME",
        "Probes to train: linear (the paper's), ridge, mlp and mlp2 (one and two hidden layers), logistic (two classes), softmax (several classes), or " +
        "mean (a dummy).",
        "linear",
        "ridge");

    public static readonly Option<string?> Layers = new("--layers") { HelpName = "0,6,12-18", Description = "Layers to probe. Left out: all." };

    public static readonly Option<string[]> Attributes = Several("--attributes", "NAME", "Attributes to probe. Left out: all the scorer has, and length.");

    public static readonly Option<string[]> Control = Several(
        "--control",
        "NAME",
        "Control tasks beside the labels: randomization (labels permuted over rows); permutation (words shuffled) and random_weights (model untrained), " +
        "which encode again. Left out: none.");

    public static readonly Option<int> ControlSeed = Number("--control-seed", 0, "Seed of the control tasks that encode again.");

    public static readonly Option<int> HiddenUnits = Number(
        "--hidden-units",
        ProbingOptions.UsualHiddenUnits,
        "Units of each hidden layer of mlp and mlp2. Results with other than 64 stand beside those (mlp-128).");

    public static readonly Option<bool> Standardise = new("--standardise") { Description = "Standardise features by each fold's training rows." };

    public static readonly Option<bool> OnlineCoding = new("--online-coding")
    {
        Description = "Code the training labels online too: compression, a check that strength cannot give (docs/probing.md).",
    };

    public static readonly Option<bool> GroupDuplicates = new("--group-duplicates")
    {
        Description = "Keep prompts that are identical, or nearly so, within one fold.",
    };

    public static readonly Option<string> ProbeContinuations = new("--probe-continuations")
    {
        HelpName = "0,3|kept",
        Description = "Continuations whose vectors Forward and Output read; kept: all that were kept (--keep). A prompt's stay within one fold.",
        DefaultValueFactory = _ => "0",
    };

    public static readonly Option<string> Backward = Choice("--backward", "max", "What Backward predicts of a prompt's continuations.", "max", "mean");

    public static readonly Option<string?> Config = new("--config")
    {
        HelpName = "FILE",
        Description = "A JSON file with the same options ({\"model\": \"...\", \"top-p\": 0.9}); the command line wins.",
    };

    public static readonly Option<bool> Json = new("--json") { Description = "Print the result as one JSON object, for programs." };

    public static readonly Argument<string?> Run = new("run") { Description = "The run folder.", Arity = ArgumentArity.ZeroOrOne };

    public static IReadOnlyList<Option> OfEncoding =>
        [
            Model,
            Revision,
            Adapter,
            Prompts,
            PromptField,
            ContinuationField,
            Limit,
            Continuations,
            Samples,
            MaxNewTokens,
            Temperature,
            TopP,
            TopK,
            Seed,
            Template,
            Chat,
            Pooling,
            Reference,
            Keep,
            VectorType,
            Chunk,
            Precision,
            Device,
            BatchSize,
        ];

    public static IReadOnlyList<Option> OfMeasurement =>
        [
            Scorer,
            PromptScores,
            Probe,
            Layers,
            Attributes,
            Control,
            ControlSeed,
            HiddenUnits,
            Standardise,
            OnlineCoding,
            GroupDuplicates,
            ProbeContinuations,
            Backward,
        ];

    public static IReadOnlyList<Option> OfEveryStage => [Output, Threads, Shard, Config, Json];

    private static Option<string> Choice(string name, string preset, string description, params string[] choices)
    {
        var option = new Option<string>(name) { HelpName = string.Join('|', choices), Description = description, DefaultValueFactory = _ => preset };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !choices.Contains(result.Tokens[0].Value))
            {
                var nearest = Nearest.To(result.Tokens[0].Value, choices);
                result.AddError(
                    $"{name} {result.Tokens[0].Value}: it is one of {string.Join(", ", choices)}{(nearest is null ? "" : $"; did you mean '{nearest}'?")}");
            }
        });
        return option;
    }

    private static Option<string[]> Several(string name, string helpName, string description, params string[] presets) =>
        new(name) { HelpName = helpName, Description = description, AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => presets };

    private static Option<int> Number(string name, int preset, string description) =>
        new(name) { HelpName = "N", Description = description, DefaultValueFactory = _ => preset };

    private static Option<double> Fraction(string name, double preset, string description) =>
        new(name) { HelpName = "X", Description = description, DefaultValueFactory = _ => preset };
}
