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

          TEXTS      RealToxicityPrompts rows as JSON lines (prompts and continuations with their scores)
          --output   the folder of the model (src/AlignedProbing.Cli/Demo/model)
          --epochs   passes over the training texts at most (12); it ends where the held-out texts are predicted no better for 3 of them
          --seed     of the split, the first weights, the order and the dropout (1)
          --toxic-every  toxic texts are learnt from of one row in so many (4)
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

    /// <summary>Share of values dropped behind the embedding, attention and feed-forward while training.</summary>
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
