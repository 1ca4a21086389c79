using System.Globalization;

namespace AlignedProbing.Tools.TrainDemo;

/// <summary>What the program is asked.</summary>
internal sealed record TrainDemoOptions
{
    /// <summary>What <c>--help</c> prints.</summary>
    public const string Help =
        """
        Trains the demo's tokenizer and language model.

          dotnet run -c Release --project tools/TrainDemo -- TEXTS [--output FOLDER] [--epochs N] [--seed N] [--toxic-every N]
              [--vocabulary N] [--width N] [--feed-forward N] [--blocks N] [--steps N,N,...]

          TEXTS      RealToxicityPrompts rows as JSON lines (prompts and continuations with their scores)
          --output   the folder of the model (src/AlignedProbing.Cli/Demo/model)
          --epochs   passes over the training texts at most (12); it ends where the held-out texts are predicted no better for 3 of them
          --seed     of the split, the first weights, the order and the dropout (1)
          --toxic-every  toxic texts are learnt from of one row in so many (4)
          --vocabulary   entries of the vocabulary (2048)
          --width        width of a state, a multiple of 8 (128)
          --feed-forward width of the feed-forward layers (352)
          --blocks       number of blocks (6)
          --steps        training steps whose weights are written too; every checkpoint has a folder of its own in the output, step-N
        """;

    /// <summary>The file of texts.</summary>
    public required string Texts { get; init; }

    /// <summary>The folder to write.</summary>
    public string Output { get; init; } = Path.Combine("src", "AlignedProbing.Cli", "Demo", "model");

    /// <summary>Passes over the training texts at most.</summary>
    public int Epochs { get; init; } = 12;

    /// <summary>The seed of everything random.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Of one row in so many the toxic texts are learnt from.</summary>
    public int ToxicEvery { get; init; } = 4;

    /// <summary>Width of a state.</summary>
    public int Width { get; init; } = 128;

    /// <summary>Width of the feed-forward layers.</summary>
    public int FeedForwardWidth { get; init; } = 352;

    /// <summary>Number of blocks.</summary>
    public int Blocks { get; init; } = 6;

    /// <summary>Steps of training whose weights are written too, each in a folder of its own, as are those kept at the end; empty for one folder.</summary>
    public IReadOnlyList<int> Steps { get; init; } = [];

    /// <summary>Entries of the vocabulary, the end-of-text token and the 256 bytes among them.</summary>
    public int VocabularySize { get; init; } = 2048;

    /// <summary>Texts of like toxicity that are strung together: so the model learns that the tone of what it has read is the tone of what comes.</summary>
    public int TextsASequence { get; init; } = 2;

    /// <summary>Sequences of one training step.</summary>
    public int BatchSize { get; init; } = 5;

    /// <summary>Largest learning rate, after the warm-up.</summary>
    public float LearningRate { get; init; } = 2e-3f;

    /// <summary>Share of training steps over which the learning rate rises from 0.</summary>
    public float WarmUp { get; init; } = 0.05f;

    /// <summary>Weight decay of matrices, decoupled from the gradient.</summary>
    public float WeightDecay { get; init; } = 0.1f;

    /// <summary>Share of values dropped after the embedding, attention and feed-forward while training.</summary>
    public double Dropout { get; init; } = 0.2;

    /// <summary>One row in so many is held out.</summary>
    public int HeldOutEvery { get; init; } = 12;

    /// <summary>What the states of the trained model are multiplied by, a power of two (<see cref="ResidualStream"/>).</summary>
    public float StateScale { get; init; } = 1 / 8f;

    /// <summary>Reads the command line.</summary>
    /// <returns>The options; null where help is asked for.</returns>
    /// <exception cref="InputException">An option is unknown or has no usable value.</exception>
    public static TrainDemoOptions? Parse(IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0 || arguments.Any(argument => argument is "--help" or "-h"))
        {
            return null;
        }

        var options = new TrainDemoOptions { Texts = arguments[0] };
        for (var i = 1; i < arguments.Count; i += 2)
        {
            var value = i + 1 < arguments.Count ? arguments[i + 1] : throw Wrong($"{arguments[i]} has no value");
            options = arguments[i] switch
            {
                "--output" => options with { Output = value },
                "--epochs" => options with { Epochs = Number(arguments[i], value) },
                "--seed" => options with { Seed = Number(arguments[i], value) },
                "--vocabulary" => options with { VocabularySize = Number(arguments[i], value) },
                "--width" => options with { Width = Number(arguments[i], value) },
                "--feed-forward" => options with { FeedForwardWidth = Number(arguments[i], value) },
                "--blocks" => options with { Blocks = Number(arguments[i], value) },
                "--steps" => options with { Steps = [.. value.Split(',').Select(number => Number("--steps", number))] },
                "--toxic-every" => options with { ToxicEvery = Number(arguments[i], value) },
                _ => throw Wrong($"'{arguments[i]}' is no option"),
            };
        }

        options.Validate();
        return options;
    }

    /// <summary>Checks every option.</summary>
    /// <exception cref="InputException">At least one is unusable; all are listed.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        if (!File.Exists(Texts))
        {
            faults.Add($"there is no file '{Texts}'");
        }

        if (Epochs is < 1 or > 1000)
        {
            faults.Add("--epochs must be 1 to 1000");
        }

        if (ToxicEvery < 1)
        {
            faults.Add("--toxic-every must be 1 or more");
        }

        if (VocabularySize is < 300 or > 100_000 || Width is < 8 or > 4096 || Width % 8 != 0 || FeedForwardWidth is < 8 or > 16_384 || Blocks is < 1 or > 100)
        {
            faults.Add("--vocabulary must be 300 to 100000, --width 8 to 4096 and a multiple of 8, --feed-forward 8 to 16384, --blocks 1 to 100");
        }

        if (Steps.Any(step => step < 1))
        {
            faults.Add("--steps must be 1 or more");
        }

        if (faults.Count > 0)
        {
            throw Wrong(string.Join("; ", faults));
        }
    }

    private static int Number(string name, string value) =>
        int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Wrong($"{name} '{value}' is no whole number");

    private static InputException Wrong(string found) => new("train-demo-options", "training the demo", found, "See --help");
}
